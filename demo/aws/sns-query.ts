import type { StandInReply, StandInRequest } from './stand-in.ts';

/** A refusal of SNS, with its HTTP status (https://docs.aws.amazon.com/sns/latest/api/CommonErrors.html). */
export class SnsError extends Error {
  override readonly name = 'SnsError';
  readonly code: string;
  readonly status: number;

  constructor(code: string, message: string, status = 400) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

/** Parameters of the query protocol: from the form in the body, or from the URL as curl may send them. */
export function readQuery({ path, body }: StandInRequest): URLSearchParams {
  const text = body.toString();
  return new URLSearchParams(text === '' ? new URL(path, 'http://localhost').search : text);
}

const NAMESPACE = 'http://sns.amazonaws.com/doc/2010-03-31/';

/** The XML of a successful operation; `members` are those of its result. */
export function resultXml(
  operation: string,
  members: Readonly<Record<string, string>>,
  requestId: string,
): StandInReply {
  const result = Object.entries(members)
    .map(([name, value]) => element(name, escapeXml(value)))
    .join('');
  const metadata = element('ResponseMetadata', element('RequestId', requestId));
  const name = `${operation}Response`;
  return xml(
    200,
    `<${name} xmlns="${NAMESPACE}">${element(`${operation}Result`, result)}${metadata}</${name}>`,
    requestId,
  );
}

export function errorXml({ code, message, status }: SnsError, requestId: string): StandInReply {
  const type = element('Type', status < 500 ? 'Sender' : 'Receiver');
  const error = element('Error', type + element('Code', code) + element('Message', escapeXml(message)));
  const id = element('RequestId', requestId);
  return xml(status, `<ErrorResponse xmlns="${NAMESPACE}">${error}${id}</ErrorResponse>`, requestId);
}

function xml(status: number, body: string, requestId: string): StandInReply {
  return {
    kind: 'http',
    status,
    headers: { 'content-type': 'text/xml', 'x-amzn-requestid': requestId },
    body,
  };
}

function element(name: string, content: string): string {
  return `<${name}>${content}</${name}>`;
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
