import { PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import type { DeviceFarmEmulator } from '../../emulator/emulator.ts';
import { SweepFailedError } from '../../lambda/errors.ts';
import { PolicyError } from '../../lambda/policy/faults.ts';
import { policyFromText } from '../../lambda/policy/load.ts';
import { keyFinder, matchesGlob } from '../../lambda/policy/match.ts';
import { isRecord } from '../../lambda/text.ts';
import { MINUTE } from '../../lambda/time.ts';
import { ACCOUNT, type LocalAutoStop, openAutoStop } from '../support/local-auto-stop.ts';
import { AUDIT_TABLE, STATE_TABLE } from '../support/table-service.ts';
import { Chance } from './chance.ts';

/** Milliseconds that one input of any kind may take. */
const SLOWEST = 1_000;
/** Sweeps in one account before a new one is opened. */
const SWEEPS = 20;
const STOPS = ['StopJob', 'StopRun', 'StopRemoteAccessSession'];

/** What came of inputs of one kind. */
export interface Tried {
  readonly kind: string;
  readonly count: number;
  /** Milliseconds of the slowest. */
  readonly slowest: number;
  /** What must not be: a crash, a stop, or one that took too long. */
  readonly faults: readonly string[];
}

/** Gives AutoStop `count` inputs that nobody should send, of each kind a quarter. The same seed gives the same inputs. */
export async function badInput(count: number, seed: number): Promise<readonly Tried[]> {
  const each = Math.ceil(count / 4);
  const kinds = { messages, policies, replies, items } as const;
  const tried: Tried[] = [];
  for (const [kind, run] of Object.entries(kinds)) {
    const watch = new Watch(kind);
    await run(each, new Chance(seed), watch);
    tried.push(watch.result());
  }
  return tried;
}

interface Trying {
  /** How many inputs it was, asked afterwards. @default one */
  readonly inputs?: () => number;
  /** An error that is an answer. @default none is */
  readonly allowed?: (error: unknown) => boolean;
}

/** Times inputs and keeps what went wrong. */
class Watch {
  #count = 0;
  #slowest = 0;
  readonly #kind: string;
  readonly #faults: string[] = [];

  constructor(kind: string) {
    this.#kind = kind;
  }

  /** One run on `inputs` inputs; `allowed`: an error that is an answer. */
  async of(
    shown: unknown,
    run: () => unknown,
    { inputs = () => 1, allowed = () => false }: Trying = {},
  ): Promise<void> {
    const begun = performance.now();
    try {
      await run();
    } catch (error) {
      if (!allowed(error)) this.fault(shown, `threw ${error instanceof Error ? error.stack : String(error)}`);
    }
    const took = performance.now() - begun;
    this.#count += inputs();
    this.#slowest = Math.max(this.#slowest, took);
    if (took > SLOWEST) this.fault(shown, `took ${took.toFixed(0)} ms`);
  }

  get count(): number {
    return this.#count;
  }

  fault(shown: unknown, what: string): void {
    this.#faults.push(`${this.#kind}: ${what}: ${String(JSON.stringify(shown)).slice(0, 300)}`);
  }

  result(): Tried {
    return { kind: this.#kind, count: this.#count, slowest: this.#slowest, faults: this.#faults };
  }
}

async function messages(count: number, chance: Chance, watch: Watch): Promise<void> {
  const until = '2026-08-07T14:00:00Z';
  const templates: readonly Record<string, unknown>[] = [
    { action: 'stop', target: 'account', confirm: '000000000000', reason: 'r', include: 'all' },
    { action: 'stop', target: `arn:aws:devicefarm:us-west-2:${ACCOUNT}:project:gone`, reason: 'r' },
    { action: 'pause', until, reason: 'r', requestedBy: 'ada' },
    { action: 'exempt', target: `arn:aws:devicefarm:us-west-2:${ACCOUNT}:run:p/r`, until, reason: 'r' },
    {
      AlarmName: 'a',
      NewStateValue: 'ALARM',
      AWSAccountId: ACCOUNT,
      StateChangeTime: until,
      Trigger: { Period: 60 },
    },
  ];
  while (watch.count < count) {
    const auto = await account(chance);
    try {
      for (let sent = 0; sent < SWEEPS * 5; sent += 1) {
        const whole = chance.pick(templates);
        const body = spoilText(JSON.stringify(spoil(whole, chance)), chance);
        await watch.of(body, () => auto.send(body));
      }
      expectNoStop(auto.emulator, 'a message', watch);
    } finally {
      auto.close();
    }
  }
}

const POLICY_TEXT = `version: 1
mode: enforce
timezone: Europe/Berlin
rules:
  - { id: a, type: job-duration, maxMinutes: 60, match: { runs: ["nightly-*"], projects: ["*a*b*c*"] } }
  - { id: b, type: superseded, key: "pr-{key}-{number}" }
  - { id: c, type: budget, period: day, limit: { usd: 50 }, thresholds: [{ percent: 80, action: notify }] }
  - { id: d, type: window, allow: [{ days: [mon], from: "07:00", to: "20:00" }] }
exemptions:
  - { id: e, match: {}, until: "2030-01-01T00:00:00Z", owner: o, reason: r }
safety: { maxStopsPerHour: 20, breaker: { percentOfActive: 50 } }
`;

/** Policies as text and as parts, and the patterns in them against names that are made to take long. */
async function policies(count: number, chance: Chance, watch: Watch): Promise<void> {
  const refused = (error: unknown) => error instanceof PolicyError;
  while (watch.count < count) {
    const text = spoilText(POLICY_TEXT, chance);
    await watch.of(text, () => policyFromText(text, 'p.yaml'), { allowed: refused });
    const [pattern, name] = [patternOf(chance), patternOf(chance).replaceAll('{key}', 'k').repeat(3)];
    await watch.of([pattern, name], () => {
      matchesGlob(pattern, name);
      if (pattern.includes('{key}')) keyFinder(pattern)(name);
    });
  }
}

function patternOf(chance: Chance): string {
  const parts = Array.from({ length: 1 + chance.below(80) }, () =>
    chance.pick(['*', '?', 'a', 'aa', '*a', '{number}', '1', '😀']),
  );
  parts.splice(chance.below(parts.length), 0, ...(chance.happens(0.5) ? ['{key}'] : []));
  return parts.join('').slice(0, 256);
}

/** Every reply of Device Farm is spoilt, also those to reads before a stop. Nothing in the account is over its limit. */
async function replies(count: number, chance: Chance, watch: Watch): Promise<void> {
  while (watch.count < count) {
    const auto = await account(chance);
    const rewrite = (body: object) => {
      const spoilt = spoil(body, chance);
      return isRecord(spoilt) ? (spoilt as never) : ({} as never);
    };
    auto.emulator.faults.add({ kind: 'rewritten', operation: '*', rewrite });
    try {
      for (let sweeps = 0; sweeps < SWEEPS; sweeps += 1) {
        const before = auto.emulator.requests.length;
        const count = () => Math.max(1, auto.emulator.requests.length - before);
        const isAnswer = (error: unknown) => error instanceof SweepFailedError;
        await watch.of('a sweep', () => auto.sweep(), { inputs: count, allowed: isAnswer });
        await auto.clock.sleep(MINUTE);
      }
      expectNoStop(auto.emulator, 'a reply', watch);
    } finally {
      auto.close();
    }
  }
}

/** Every item of the state table, and records of the audit trail, are spoilt before each sweep. */
async function items(count: number, chance: Chance, watch: Watch): Promise<void> {
  while (watch.count < count) {
    const auto = await account(chance);
    try {
      for (let sweeps = 0; sweeps < SWEEPS; sweeps += 1) {
        const stored = await spoilTable(auto, STATE_TABLE, ['pk', 'sk'], chance);
        const audited = await spoilTable(auto, AUDIT_TABLE, ['subject', 'id'], chance);
        await watch.of('a sweep', () => auto.sweep(), { inputs: () => stored + audited });
        await auto.clock.sleep(MINUTE);
      }
      expectNoStop(auto.emulator, 'a stored item', watch);
    } finally {
      auto.close();
    }
  }
}

async function spoilTable(
  { dynamo }: LocalAutoStop,
  TableName: string,
  key: readonly [string, string],
  chance: Chance,
): Promise<number> {
  const { Items = [] } = await dynamo.send(new ScanCommand({ TableName }));
  const all = Items.map((item) => unmarshall(item)).filter(() => chance.happens(0.5));
  for (const item of all) {
    const spoilt = spoil(item, chance);
    const kept = Object.fromEntries(key.map((name) => [name, item[name]]));
    const Item = storable({ ...(isRecord(spoilt) ? spoilt : {}), ...kept });
    await dynamo.send(new PutItemCommand({ TableName, Item }));
  }
  return all.length;
}

/** As DynamoDB stores it, which takes no number above 1e126. */
function storable(item: Readonly<Record<string, unknown>>) {
  const text = JSON.stringify(item, (_, value) =>
    typeof value === 'number' && Math.abs(value) > 1e100 ? String(value) : value,
  );
  return marshall(JSON.parse(text), { removeUndefinedValues: true });
}

/** An enforcing account in which nothing is over its limit. */
async function account(chance: Chance): Promise<LocalAutoStop> {
  const auto = await openAutoStop({
    isFast: true,
    intervalMinutes: 5,
    policy: {
      rules: [
        { id: 'long', type: 'job-duration', maxMinutes: 100_000 },
        { id: 'queue', type: 'queue-age', maxMinutes: 100_000 },
        { id: 'old', type: 'superseded', key: 'run-{key}-{number}', match: { projects: ['none'] } },
        {
          id: 'month',
          type: 'budget',
          period: 'month',
          limit: { minutes: 100_000_000 },
          thresholds: [{ percent: 1_000, action: 'stop-all' }],
        },
      ],
    },
    emulator: { pageSize: 3, seed: chance.below(1e9) },
  });
  const { emulator, clock } = auto;
  const project = emulator.addProject({ name: 'mobile' });
  for (let run = 0; run < 3; run += 1)
    emulator.addRun({
      project,
      name: `run-1-${run}`,
      created: clock.now() - run * 10 * MINUTE,
      jobs: [{ testMinutes: 15 }, { testMinutes: 90 }],
    });
  emulator.addSession({ project, created: clock.now() });
  return auto;
}

function expectNoStop(emulator: DeviceFarmEmulator, what: string, watch: Watch): void {
  const stop = emulator.requests.find(({ operation }) => STOPS.includes(operation));
  if (stop) watch.fault(stop.input, `${what} led to ${stop.operation}`);
}

const RUBBISH: readonly unknown[] = [
  null,
  true,
  -1,
  0,
  1e308,
  -1e308,
  '',
  ' ',
  'NaN',
  '2026-13-45T99:99:99Z',
  '*'.repeat(5_000),
  '\u0000\u202e\ud800',
  '__proto__',
  [],
  [[[[[]]]]],
  {},
  { valueOf: null },
  Array.from({ length: 200 }, (_, index) => index),
];

/** The same value with one to three parts of it replaced, removed or doubled. */
function spoil(value: unknown, chance: Chance): unknown {
  let spoilt = value;
  for (let times = 1 + chance.below(3); times > 0; times -= 1) spoilt = spoilOnce(spoilt, chance);
  return spoilt;
}

function spoilOnce(value: unknown, chance: Chance): unknown {
  if (chance.happens(0.15)) return chance.pick(RUBBISH);
  if (Array.isArray(value)) {
    if (value.length === 0) return [chance.pick(RUBBISH)];
    const at = chance.below(value.length);
    if (chance.happens(0.15)) return [...value, value[at]];
    return value.map((one, index) => (index === at ? spoilOnce(one, chance) : one));
  }
  if (isRecord(value) && !(value instanceof Uint8Array)) {
    const names = Object.keys(value);
    if (names.length === 0 || chance.happens(0.1))
      return { ...value, [chance.pick(['__proto__x', 'toString', 'x'])]: chance.pick(RUBBISH) };
    const name = chance.pick(names);
    const { [name]: part, ...rest } = value;
    return chance.happens(0.2) ? rest : { ...value, [name]: spoilOnce(part, chance) };
  }
  return chance.pick(RUBBISH);
}

/** The same text, sometimes cut, doubled, or with characters in the wrong place. */
function spoilText(text: string, chance: Chance): string {
  const at = chance.below(text.length + 1);
  switch (chance.below(6)) {
    case 0:
      return text.slice(0, at);
    case 1:
      return text + text.slice(at);
    case 2:
      return (
        text.slice(0, at) +
        chance.pick(['\t', '{', ']', ':', '&a', '*a', '!!js', '"', '\u0000', '- ', '<<: ', '9'.repeat(400)]) +
        text.slice(at)
      );
    case 3: {
      const lines = text.split('\n');
      lines.splice(chance.below(lines.length), 1, chance.pick(lines));
      return lines.join('\n');
    }
    default:
      return text;
  }
}
