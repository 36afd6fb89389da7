import { readFileSync } from 'node:fs';
import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { StoredAuditRecord } from '../../lambda/model.ts';
import type { SweepSummary } from '../../lambda/sweep/report.ts';
import { iso, MINUTE } from '../../lambda/time.ts';
import { ACCOUNT, type Container, openAutoStop } from '../support/local-auto-stop.ts';
import { AUDIT_TABLE, textIn } from '../support/table-service.ts';
import { Chance } from './chance.ts';
import type { Extension, History, Invoked, Message, Protection } from './history.ts';
import { violations } from './invariants.ts';
import { PLANTED, type Planted } from './planted.ts';
import { anyFault, anyPolicy, Load } from './world.ts';

const ALERT = golden('budgets-notification.txt');
const ALARM = golden('cloudwatch-alarm.json');
const ROUNDS = 4;
/** Rounds without anything that goes wrong, ten minutes apart. */
const QUIET_ROUNDS = 3;

export interface Outcome {
  readonly seed: number;
  readonly violations: readonly string[];
  readonly trace: readonly string[];
}

/** Lives through one seed and checks what happened. The same seed does the same, call for call. */
export async function runSeed(seed: number, planted?: Planted): Promise<Outcome> {
  const chance = new Chance(seed);
  const trace: string[] = [];
  const caps = { maxStopsPerHour: chance.pick([2, 1_000, 1_000]) };
  const nextPolicy = () => {
    const policy = anyPolicy(chance);
    return { ...policy, safety: { ...policy.safety, ...caps } };
  };
  const auto = await openAutoStop({
    isFast: true,
    intervalMinutes: 5,
    policy: nextPolicy(),
    wrap: planted && PLANTED[planted],
    wrongDeadline: planted === 'deadline' ? 10 * MINUTE : 0,
    emulator: {
      pageSize: chance.pick([3, 10]),
      seed,
      keptRequests: 1_000_000,
      otherClient: chance.happens(0.3) ? { StopJob: 0.9, ListRuns: 6 } : {},
    },
  });
  const { clock, emulator } = auto;
  const load = new Load(emulator, chance);
  const orders = new Map<string, Message>();
  const invocations = new Map<string, Invoked>();
  const protections: Protection[] = [];
  const extensions: (Extension & { readonly id: string })[] = [];
  /** Messages that end protections which were sent before, also those that arrive later. */
  const ends: { readonly target: unknown; readonly at: number }[] = [];
  const containers: Container[] = [];
  /** Containers that are free for the next invocation. */
  const warm: Container[] = [];
  const waiting: {
    readonly id: string;
    readonly body: Message;
    readonly sentAt: number;
  }[] = [];
  let count = 0;
  let slowest = 0;
  let lostState = false;
  let lostSome = false;
  let diedOrFailed = false;
  let last: SweepSummary | undefined;
  const note = (text: string) => trace.push(`${iso(clock.now()).slice(11, 19)} ${text}`);
  emulator.onRequest = async (request) => {
    auto.journal.noteRequest(request);
    if (slowest > 0) await clock.sleep(chance.below(slowest));
  };

  /** Lets a function run in a free container or a new one, which may die before or after any of its calls. */
  const invoke = async <T>(
    what: string,
    mayDie: boolean,
    work: (how: { id: string; in: Container; timeout: number }) => Promise<T>,
  ): Promise<T | undefined> => {
    const container = warm.pop() ?? auto.container();
    if (!containers.includes(container)) containers.push(container);
    count += 1;
    const id = `i${count}`;
    invocations.set(id, { begin: clock.now(), policy: auto.policy });
    const death = new Promise<undefined>((resolve) => {
      container.life.onDeath = () => resolve(undefined);
    });
    container.life.stepsLeft = mayDie && chance.happens(0.15) ? chance.below(90) : Number.POSITIVE_INFINITY;
    const timeout = mayDie && chance.happens(0.25) ? chance.pick([8_000, 20_000]) : 240_000;
    try {
      const result = await Promise.race([work({ id, in: container, timeout }), death]);
      if (result === undefined) diedOrFailed = true;
      else warm.push(container);
      note(`${what} ${id} ${result === undefined ? 'died' : 'ended'}`);
      return result;
    } catch (error) {
      warm.push(container);
      note(`${what} ${id} failed: ${String(error).slice(0, 80)}`);
      return undefined;
    }
  };

  const sweepOnce = async (mayDie: boolean) => {
    const summary = await invoke('sweep', mayDie, (how) => auto.sweep(how));
    if (summary) {
      last = summary;
      note(
        `  stopped ${summary.stopped.length}, held ${summary.heldBack.length}, failed ${summary.failed.length}`,
      );
    }
  };

  const deliver = async (order: (typeof waiting)[number], mayDie: boolean) => {
    const outcome = await invoke(`order ${order.id}`, mayDie, (how) =>
      auto.send(order.body, { ...how, id: how.id, messageId: order.id, sentAt: order.sentAt }),
    );
    if (!outcome || outcome.retry) waiting.push(order);
    const { action, target, until, minutes } =
      typeof order.body === 'string' ? ({} as Record<string, unknown>) : order.body;
    const isKnown = extensions.some(({ id }) => id === order.id);
    if (outcome?.status === 'taken' && action === 'extend' && !isKnown)
      extensions.push({ id: order.id, target: String(target), minutes: Number(minutes), from: clock.now() });
    if (outcome?.status === 'taken' && (action === 'pause' || action === 'exempt'))
      protections.push({
        ...(typeof target === 'string' && { target }),
        from: clock.now(),
        until: Date.parse(String(until)),
        endedAt: ends.find((one) => one.target === target && one.at >= order.sentAt)?.at,
      });
  };

  const send = async (body: Message, mayDie: boolean) => {
    count += 1;
    // Of two messages of one millisecond nobody can say which came first.
    await clock.sleep(1);
    const order = { id: `m${count}`, body, sentAt: clock.now() };
    orders.set(order.id, body);
    note(`message ${order.id} ${JSON.stringify(body).slice(0, 60)}`);
    if (typeof body === 'object' && (body.action === 'resume' || body.action === 'unexempt')) {
      ends.push({ target: body.target, at: clock.now() });
      for (const one of protections)
        if (one.target === body.target && one.endedAt === undefined) one.endedAt = clock.now();
    }
    await deliver(order, mayDie);
    if (chance.happens(0.2)) await deliver(order, mayDie);
  };

  const anyMessage = (): Message => {
    const until = iso(clock.now() + chance.pick([7, 20, 60]) * MINUTE);
    const reason = 'because';
    const target = chance.pick([...load.runs, ...load.sessions, ...load.projects]);
    return chance.pick([
      { action: 'pause', until, reason },
      { action: 'resume', reason },
      { action: 'exempt', target, until, reason },
      { action: 'unexempt', target, reason },
      { action: 'stop', target: load.any(), reason },
      { action: 'stop', target: chance.pick(load.projects), reason, include: 'queued' },
      { action: 'stop', target: 'account', confirm: ACCOUNT, reason },
      { action: 'stop', target: chance.pick(load.projects), reason, ignoreExemptions: true },
      { action: 'extend', target: load.any(), minutes: chance.pick([5, 30]), reason },
      ALERT,
      ALARM,
    ]);
  };

  const disturb = async () => {
    if (chance.happens(0.25)) {
      auto.deploy(nextPolicy());
      note(`policy ${auto.policy.mode}: ${auto.policy.rules.map(({ id }) => id).join(', ')}`);
    }
    load.grow(clock.now(), 2);
    slowest = chance.happens(0.3) ? chance.pick([300, 4_500]) : 0;
    if (chance.happens(0.5)) {
      const fault = anyFault(chance);
      emulator.faults.add(fault);
      note(`fault ${fault.kind} ${fault.operation} ${fault.times}`);
    }
    if (chance.happens(0.15)) {
      const until = chance.below(40);
      let seen = 0;
      auto.tables.fail({
        match: () => ++seen > until,
        times: 1 + chance.below(3),
        when: chance.pick(['before', 'after']),
      });
      diedOrFailed = true;
      note('fault of the tables');
    }
    if (chance.happens(0.1)) auto.topic.failures = 1;
    if (chance.happens(0.1)) auto.queue.failures = 1;
    if (chance.happens(0.06)) {
      lostState = true;
      note('the state table is lost');
      auto.tables.mend();
      const isWhole = chance.happens(0.5);
      lostSome ||= !isWhole;
      await auto.loseState(isWhole ? () => true : () => chance.happens(0.3));
    }
  };

  const settle = async (minutes: number, mayDie: boolean) => {
    const next = clock.now() + minutes * MINUTE;
    await invoke('crossings', mayDie, async (how) => {
      await auto.deliverCrossings(next, { in: how.in, timeout: how.timeout, onBegin: register });
      return true;
    });
    await clock.sleepUntil(Math.max(next, clock.now() + 1));
    for (const order of waiting.splice(0)) await deliver(order, mayDie);
  };
  const register = (id: string) => invocations.set(id, { begin: clock.now(), policy: auto.policy });

  try {
    load.grow(clock.now(), 5, 70);
    load.addRun(clock.now());
    for (let round = 0; round < ROUNDS; round += 1) {
      await disturb();
      if (chance.happens(0.3)) await send(anyMessage(), true);
      const beside = chance.pick(['nothing', 'nothing', 'nothing', 'a sweep', 'a message'] as const);
      if (beside === 'a sweep') await Promise.all([sweepOnce(true), sweepOnce(true)]);
      else if (beside === 'a message') await Promise.all([sweepOnce(true), send(anyMessage(), true)]);
      else await sweepOnce(true);
      await settle(5, true);
    }
    note('nothing goes wrong any more');
    emulator.faults.clear();
    auto.tables.mend();
    auto.topic.failures = 0;
    auto.queue.failures = 0;
    slowest = 0;
    for (let round = 0; round < QUIET_ROUNDS; round += 1) {
      await sweepOnce(false);
      await settle(10, false);
    }
    await sweepOnce(false);
    const { Items = [] } = await auto.dynamo.send(new ScanCommand({ TableName: AUDIT_TABLE }));
    const history: History = {
      end: clock.now(),
      policy: auto.policy,
      invocations,
      protections,
      extensions,
      orders,
      runs: load.runs,
      tagged: load.tagged,
      records: Items.map((item) => unmarshall(item) as StoredAuditRecord),
      requests: emulator.requests,
      mails: auto.topic.published,
      last,
      jobs: load.jobs,
      sessions: load.sessions,
      show: (arn) => Object(emulator.show(arn)),
      billedMinutes: emulator.billed().account.total,
      lostState,
      lostSome,
      diedOrFailed,
      unnoted: new Set(
        auto.tables.calls.flatMap((call) => {
          const [, id] = /^digest#(.*)$/.exec(textIn(call, 'sk') ?? '') ?? [];
          return id !== undefined && call.operation === 'PutItem' && call.status !== 200 ? [id] : [];
        }),
      ),
      overdueCalls: containers.reduce((sum, { life }) => sum + life.overdue, 0),
    };
    return { seed, trace, violations: violations(history) };
  } finally {
    auto.close();
  }
}

function golden(name: string): string {
  return readFileSync(new URL(`../golden/${name}`, import.meta.url), 'utf8');
}
