import type { Deployment } from './aws/deployment.ts';
import { type Page, paint, paragraph } from './page.ts';

/** What this is, for somebody who has just cloned it. */
export function introduction(page: Page): string {
  return [
    `${paint(page, 'bold', 'A guard for AWS Device Farm, at work on this machine')}\n\n`,
    paragraph(
      page,
      'AWS Device Farm bills every minute that a test or a remote session holds a device, and a test that hangs holds it for hours. ' +
        'This guard looks every five minutes, stops what breaks your policy, and writes down why.',
    ),
    '\n',
    paragraph(
      page,
      'You are about to see it without an AWS account: the functions, tables, topics and the schedule are those of the stack that ' +
        '"npm run deploy" would deploy; Device Farm is an emulator, filled with the made-up morning of three teams. The policy is ' +
        'demo/policy.yaml. Time runs fast: hours pass in seconds.',
    ),
    '\n',
  ].join('');
}

/** Commands for another terminal, complete: they need no AWS command line and no other settings. */
export function commands(
  page: Page,
  deployment: Deployment,
  day: string,
  target: string,
  stays: boolean,
): string {
  const { AuditTableName, ManualStopTopicArn } = deployment.outputs;
  const { environment } = deployment;
  const call = (service: string, command: string) => {
    const endpoint = `AWS_ENDPOINT_URL_${service}`;
    const names = ['AWS_REGION', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', endpoint];
    return `${names.map((name) => `${name}=${environment[name]}`).join(' ')} npx autostop ${command}`;
  };
  return [
    `${paint(page, 'bold', 'From another terminal, in this directory')}${stays ? '' : ', while this runs ("npm start -- --stay" keeps it up)'}:\n\n`,
    'What the guard did and why:\n\n',
    `  ${call('DYNAMODB', `audit --table ${AuditTableName} --day ${day}`)}\n\n`,
    'What its stops avoided:\n\n',
    `  ${call('DYNAMODB', `savings --table ${AuditTableName} --month ${day.slice(0, 7)}`)}\n\n`,
    'Stop something yourself, here a session that no rule is about:\n\n',
    `  ${call('SNS', `stop ${target} --topic ${ManualStopTopicArn} --reason "not needed any more"`)}\n\n`,
  ].join('');
}
