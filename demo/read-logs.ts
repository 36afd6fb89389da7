import { isRecord } from './aws/is-record.ts';

/** What a sweep decided of one job or session, from its own log line. */
export interface LoggedDecision {
  readonly arn: string;
  readonly project: string;
  readonly device: string;
  readonly action: 'keep' | 'stop' | 'would-stop';
  readonly reason: string;
  readonly exemption?: string;
}

/** The decisions among a function's log lines; other lines are left out. */
export function readDecisions(lines: readonly string[]): readonly LoggedDecision[] {
  return lines.flatMap((line) => decisionOf(line) ?? []);
}

function decisionOf(line: string): LoggedDecision | undefined {
  // Node's own warnings are lines of text.
  if (!line.startsWith('{')) return undefined;
  const entry: unknown = JSON.parse(line);
  if (!isRecord(entry) || entry.message !== 'decision') return undefined;
  const { arn, project, device, action, reason, exemption } = entry;
  if (action !== 'keep' && action !== 'stop' && action !== 'would-stop') return undefined;
  return {
    arn: String(arn),
    project: String(project),
    device: String(device),
    action,
    reason: String(reason),
    ...(typeof exemption === 'string' ? { exemption } : {}),
  };
}
