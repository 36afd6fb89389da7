import type { Device } from './devices.ts';
import type { JsonObject, RawJson } from './json.ts';
import type { Tariff } from './minutes.ts';
import type { RunOrder } from './options.ts';
import type { BillingMethod, Platform } from './status.ts';
import type { Approach, Plan, Start, Stop } from './timeline.ts';

/** Members that replace those of the item: `undefined` leaves a member out, anything else is sent as it is. */
export type Override = JsonObject | ((item: JsonObject, nowMs: number) => JsonObject);

interface Entry {
  /** Unique and rising; the order of creation among equals. */
  readonly key: number;
  readonly createdAt: number;
}

export interface ProjectRecord extends Entry {
  readonly kind: 'project';
  readonly arn: string;
  readonly name: string;
  readonly defaultJobTimeoutMinutes?: number;
  readonly runOrder?: RunOrder;
  readonly override?: Override;
  readonly runs: (RunRecord | RawRecord)[];
  readonly sessions: (SessionRecord | RawRecord)[];
}

export interface RunRecord extends Entry {
  readonly kind: 'run';
  readonly arn: string;
  readonly name: string;
  readonly testType: string;
  readonly platform: Platform;
  readonly billingMethod: BillingMethod;
  readonly jobTimeoutMinutes: number;
  readonly devicePoolArn?: string;
  readonly override?: Override;
  readonly jobs: (JobRecord | RawRecord)[];
}

/** What jobs and sessions have in common: one device, one timeline, at most one stop. */
interface Work extends Entry {
  readonly arn: string;
  readonly name: string;
  readonly device: Device;
  readonly tariff: Tariff;
  readonly plan: Plan;
  readonly approach: Approach;
  /** Undefined when the slots decide. */
  readonly forcedStart?: Start;
  readonly slot: { readonly kind: string; readonly capacity: number };
  readonly override?: Override;
  stop?: Stop;
}

export interface JobRecord extends Work {
  readonly kind: 'job';
  readonly testType: string;
}

export interface SessionRecord extends Work {
  readonly kind: 'session';
  readonly billingMethod: BillingMethod;
}

export type WorkRecord = JobRecord | SessionRecord;

/** An item served exactly as it was given. It never changes, whatever is asked of it. */
export interface RawRecord extends Entry {
  readonly kind: 'raw';
  readonly of: 'project' | 'run' | 'job' | 'session';
  readonly arn?: string;
  readonly item: RawJson;
  readonly runs: (RunRecord | RawRecord)[];
  readonly sessions: (SessionRecord | RawRecord)[];
  readonly jobs: (JobRecord | RawRecord)[];
}

export type AnyRecord = ProjectRecord | RunRecord | WorkRecord | RawRecord;

/** What the override makes of an item. */
export function applyOverride(item: JsonObject, override: Override | undefined, now: number): JsonObject {
  if (override === undefined) return item;
  return { ...item, ...(typeof override === 'function' ? override(item, now) : override) };
}
