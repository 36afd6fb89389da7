import { onTestFinished, vi } from 'vitest';
import { parsePolicy } from '../../lambda/core/policy/parse-policy.ts';
import type { Policy, PolicyInput } from '../../lambda/core/policy/schema.ts';
import type { SweepSummary } from '../../lambda/core/report/sweep-summary.ts';
import type { MessageResult } from '../../lambda/use-cases/message/message-result.ts';
import { stopByMessage } from '../../lambda/use-cases/message/stop-by-message.ts';
import { sweep } from '../../lambda/use-cases/sweep/sweep.ts';
import type { VirtualClock } from '../../emulator/virtual-clock.ts';
import { Journal } from './journal.ts';
import { ACCOUNT, type Container, type InvocationOptions, openServices, startContainer } from './services.ts';

export { ACCOUNT, type Container, TIMEOUT } from './services.ts';

/** The moment at which every test begins. */
export const BEGIN = Date.UTC(2026, 7, 7, 12, 0, 0);
const POLICY_VERSION = 'test-policy';

export interface GuardOptions {
  /** @default an enforcing policy with the one rule job-duration `long-jobs`, 60 minutes */
  readonly policy?: Partial<PolicyInput>;
  readonly emulator?: Parameters<typeof openServices>[1];
}

/**
 * The guard in this process: use cases on the real adapters and SDK clients, against the emulator and DynamoDB in memory.
 * Nothing sleeps: waits move a virtual clock, and `Date` follows it until the test has ended.
 */
export async function startGuard({ policy: rules, emulator: options }: GuardOptions = {}) {
  const services = await openServices(BEGIN, options);
  const { clock, emulator, tables } = services;
  const journal = new Journal();
  emulator.onRequest = (request) => journal.noteRequest(request);
  tables.onAnswer = (call) => journal.noteTableCall(call);
  followClock(clock);
  const container = startContainer(services);
  const guard = {
    ...services,
    ...container,
    journal,
    policy: policyOf(rules),
    /** Lets minutes pass. */
    pass: (minutes: number) => clock.advance(minutes * 60_000),
    /** One more container: another process, as far as it matters. */
    container: () => startContainer(services),
    /** All records of a subject, in the order of their ids. */
    trail: (subject: string) => container.ports.audit.of(subject),
    eventsOf: async (subject: string) => (await container.ports.audit.of(subject)).map(({ event }) => event),
  };
  return {
    ...guard,
    sweep: (how: Partial<InvocationOptions> & { sweepId?: string; in?: Container; policy?: Policy } = {}) =>
      runSweep(guard.policy, how.in ?? container, clock, how),
    send: (body: unknown, how: MessageOptions = {}) =>
      runMessage(guard.policy, how.in ?? container, clock, body, how),
  };
}

export type Guard = Awaited<ReturnType<typeof startGuard>>;

/** A whole policy from what a test cares about. */
export function policyOf(part: Partial<PolicyInput> = {}): Policy {
  return parsePolicy({
    version: 1,
    mode: 'enforce',
    rules: [{ id: 'long-jobs', type: 'job-duration', maxMinutes: 60 }],
    ...part,
  });
}

type MessageOptions = Partial<InvocationOptions> & {
  readonly id?: string;
  /** Epoch milliseconds. @default now */
  readonly sentAt?: number;
  readonly in?: Container;
};

let sweeps = 0;

function runSweep(
  policy: Policy,
  { ports, begin }: Container,
  clock: VirtualClock,
  how: Partial<InvocationOptions> & { sweepId?: string; policy?: Policy },
): Promise<SweepSummary> {
  sweeps += 1;
  const sweepId = how.sweepId ?? `sweep-${sweeps}-${clock.now()}`;
  return sweep(ports, { policy: how.policy ?? policy, policyVersion: POLICY_VERSION, sweepId }, begin(how));
}

let messages = 0;

function runMessage(
  policy: Policy,
  { ports, begin }: Container,
  clock: VirtualClock,
  body: unknown,
  how: MessageOptions,
): Promise<MessageResult> {
  messages += 1;
  const message = {
    id: how.id ?? `message-${messages}`,
    text: typeof body === 'string' ? body : JSON.stringify(body),
    timestamp: new Date(how.sentAt ?? clock.now()).toISOString(),
  };
  return stopByMessage(
    ports,
    message,
    { accountId: ACCOUNT, policy, policyVersion: POLICY_VERSION },
    begin(how),
  );
}

/** The SDK and Powertools ask `Date` for the time, so it must be the clock's. */
function followClock(clock: VirtualClock): void {
  vi.useFakeTimers({ toFake: ['Date'], now: clock.now() });
  const follow = { idle: async () => {}, changes: () => 0, moved: () => vi.setSystemTime(clock.now()) };
  const leave = clock.watch(follow);
  onTestFinished(() => {
    leave();
    vi.useRealTimers();
  });
}
