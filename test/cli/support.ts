import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { onTestFinished, vi } from 'vitest';
import { main } from '../../cli/main.ts';
import type { Terminal } from '../../cli/terminal.ts';
import { DeviceFarmEmulator } from '../../emulator/emulator.ts';
import { listen } from '../../emulator/server.ts';
import type { PolicyInput } from '../../lambda/policy/schema.ts';
import { deploy } from '../end-to-end/deploy.ts';
import { type Deployed, MINUTE, START } from '../end-to-end/start.ts';

export { MINUTE, START } from '../end-to-end/start.ts';

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs the command line in this process, for a user who watches no progress. */
export async function runAutostop(
  args: readonly string[],
  terminal: Partial<Omit<Terminal, 'out' | 'err'>> = {},
): Promise<Ran> {
  const printed = { out: '', err: '' };
  const ended = main(args, {
    out: (text) => {
      printed.out += text;
    },
    err: (text) => {
      printed.err += text;
    },
    watched: false,
    isScreen: false,
    canAsk: false,
    ask: async () => '',
    width: 120,
    env: {},
    now: () => START,
    sleep: async () => {},
    ...terminal,
  });
  const code = await ended.catch((error) => {
    if (error instanceof CtrlC) return 130;
    throw error;
  });
  return { code, ...printed };
}

/** What a `sleep` of a test throws to end a command that stays. */
export class CtrlC extends Error {}

/** Sets what the SDK reads until the test ends: endpoints and credentials, and nothing that this machine may have. */
export function useEnvironment(variables: Readonly<Record<string, string>>): void {
  const clean = {
    AWS_PROFILE: '',
    AWS_CONFIG_FILE: '/nowhere',
    AWS_SHARED_CREDENTIALS_FILE: '/nowhere',
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
    AWS_REGION: 'us-west-2',
    AWS_ACCESS_KEY_ID: 'ada',
    AWS_SECRET_ACCESS_KEY: 'local',
  };
  for (const [name, value] of Object.entries({ ...clean, ...variables })) vi.stubEnv(name, value);
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
}

/** An emulator at START that answers the SDK of this process until the test ends. */
export async function openFarm(): Promise<DeviceFarmEmulator> {
  const emulator = new DeviceFarmEmulator({ now: () => START, throttle: false, pageSize: 3 });
  const { url, close } = await emulator.listen();
  onTestFinished(close);
  useEnvironment({ AWS_ENDPOINT_URL_DEVICE_FARM: url });
  return emulator;
}

/** AutoStop on this machine, which the command line reaches by its clock. */
export async function deployed(policy: PolicyInput) {
  const auto = await deploy(policy, { throttle: false, pageSize: 3 });
  useEnvironment({ AWS_ENDPOINT_URL: auto.aws.url });
  const topic = auto.aws.plan.output('ManualStopTopicArn');
  return {
    ...auto,
    auditTable: auto.aws.plan.output('AuditTableName'),
    stateTable: auto.aws.plan.output('StateTableName'),
    topic,
    run: (...args: string[]) =>
      runAutostop(args, { now: auto.clock.now, sleep: (ms) => auto.clock.sleep(ms) }),
    /** Sends an order and waits until nothing works on it. */
    order: async (...args: string[]) => {
      const ran = await runAutostop([...args, '--topic', topic], { now: auto.clock.now });
      await auto.aws.settle();
      auto.clock.advance(1);
      return ran;
    },
    /** What the command line asked of AWS while `work` went on: its key is that of no function. */
    operationsDuring: async (work: () => Promise<unknown>) => {
      const before = auto.aws.calls.length;
      await work();
      return auto.aws.calls
        .slice(before)
        .filter(({ functionName }) => functionName === undefined)
        .map(({ service, operation }) => `${service}:${operation}`);
    },
  };
}

/** Names of the alarms that `withAlarms` knows. */
export const ALARMS = ['AutoStop-NoSweep', 'AutoStop-Trouble'];
const DENIED = {
  ListStackResources:
    '<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>',
  DescribeAlarms: '{"__type":"AccessDenied","message":"no"}',
};

/**
 * CloudFormation that lists alarms, which the local AWS has none of, and CloudWatch, for the command line until the test ends.
 * @param denied the call that the caller may not make
 */
export async function withAlarms(
  { aws }: Pick<Deployed, 'aws'>,
  inAlarm: readonly string[],
  denied?: keyof typeof DENIED,
) {
  const resource = (type: string, id: string) =>
    `<member><ResourceType>${type}</ResourceType><PhysicalResourceId>${id}</PhysicalResourceId></member>`;
  const resources = ALARMS.map((name) => resource('AWS::CloudWatch::Alarm', name)).join('');
  const summaries = `<StackResourceSummaries>${resource('AWS::SNS::Topic', 'topic')}${resources}</StackResourceSummaries>`;
  const answers = {
    ListStackResources: `<ListStackResourcesResponse><ListStackResourcesResult>${summaries}</ListStackResourcesResult></ListStackResourcesResponse>`,
    DescribeAlarms: JSON.stringify({ MetricAlarms: inAlarm.map((AlarmName) => ({ AlarmName })) }),
  };
  const asked: unknown[] = [];
  const { url, close } = await listen(0, async (request, response) => {
    const body = await text(request);
    if (body.includes('Action=DescribeStacks')) {
      const reply = await fetch(aws.url, { method: 'POST', body });
      return response.end(await reply.text());
    }
    const operation = body.startsWith('{') ? 'DescribeAlarms' : 'ListStackResources';
    if (operation === 'DescribeAlarms') asked.push(JSON.parse(body));
    if (operation === denied) return response.writeHead(403).end(DENIED[operation]);
    return response.end(answers[operation]);
  });
  onTestFinished(close);
  useEnvironment({
    AWS_ENDPOINT_URL: aws.url,
    AWS_ENDPOINT_URL_CLOUDFORMATION: url,
    AWS_ENDPOINT_URL_CLOUDWATCH: url,
  });
  return { asked };
}

/** A run of one job in project "mobile", begun so many minutes ago; returns the ARN of the job. */
export function addJob(
  { emulator, clock }: Pick<Deployed, 'emulator' | 'clock'>,
  minutesAgo: number,
  job = {},
  run = {},
) {
  const { jobs } = emulator.addRun({
    project: emulator.addProject({ name: 'mobile' }),
    name: 'nightly',
    created: clock.now() - minutesAgo * MINUTE,
    jobs: [{ device: 'Google Pixel 8', testMinutes: 140, ...job }],
    ...run,
  });
  return jobs[0] ?? '';
}

/** Writes a policy file that is there until the test ends; returns its path. */
export function writePolicy(content: unknown): string {
  const directory = mkdtempSync(join(tmpdir(), 'autostop-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const file = join(directory, 'policy.yaml');
  // JSON is YAML.
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
}
