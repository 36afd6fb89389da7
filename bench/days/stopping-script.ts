import type { DeviceFarmClient } from '@aws-sdk/client-device-farm';
import { StopJobCommand, StopRemoteAccessSessionCommand, StopRunCommand } from '@aws-sdk/client-device-farm';
import { patiently } from '../../lambda/aws/farm/patiently.ts';
import { WRITE_RATE } from '../../lambda/aws/farm/rate-limiter.ts';
import type { Policy } from '../../lambda/core/policy/schema.ts';
import type { WorkItem } from '../../lambda/core/work-item.ts';
import type { Assessment } from '../../lambda/use-cases/sweep/assess.ts';
import { assessAfresh } from './assess-afresh.ts';
import { LONG_JOBS } from './policy-of-day.ts';
import type { Strategy } from './strategy.ts';
import type { World } from './world.ts';

const HOUR = 3_600_000;

/** One stop call, and the work that it stops. */
export interface StopCall {
  readonly api: 'job' | 'run' | 'session';
  readonly arn: string;
  readonly stops: number;
}

/**
 * A script: looks at the guard's own figures, chooses, and makes its calls one after the other, below the service's rates and
 * under the policy's cap of stops in a rolling hour.
 */
export function stoppingScript(
  name: string,
  choose: (assessment: Assessment, policy: Policy) => readonly StopCall[],
): Strategy {
  const states = new WeakMap<World, ReturnType<typeof stateOf>>();
  return {
    name,
    look: async (world, policy) => {
      const state = states.get(world) ?? stateOf(world);
      states.set(world, state);
      const assessment = await assessAfresh(world, policy, world.begin());
      const calls = [...tooLong(assessment), ...choose(assessment, policy)];
      for (const call of new Map(calls.map((one) => [one.arn, one])).values()) {
        if (!state.hasRoom(call.stops, policy.safety.maxStopsPerHour)) return;
        await state.send(call);
      }
    },
  };
}

/** What runs too long is known one by one: whoever can read the clock stops it, whatever the budget says. */
function tooLong({ decisions }: Assessment): readonly StopCall[] {
  return decisions
    .filter(({ verdicts }) => verdicts.some(({ rule, verdict }) => rule === LONG_JOBS && verdict === 'over'))
    .map(({ item: { kind, arn } }) => ({ api: kind, arn, stops: 1 }));
}

function stateOf({ clock, farmClient }: World) {
  const paced = () => patiently(WRITE_RATE, clock);
  const pace = { job: paced(), run: paced(), session: paced() };
  let made: readonly number[] = [];
  return {
    send: ({ api, arn }: StopCall) => pace[api](() => send(farmClient, api, arn)),
    hasRoom: (stops: number, limit: number): boolean => {
      made = made.filter((at) => at > clock.now() - HOUR);
      if (made.length + stops > limit) return false;
      made = [...made, ...Array<number>(stops).fill(clock.now())];
      return true;
    },
  };
}

async function send(client: DeviceFarmClient, api: StopCall['api'], arn: string): Promise<void> {
  if (api === 'job') await client.send(new StopJobCommand({ arn }));
  else if (api === 'run') await client.send(new StopRunCommand({ arn }));
  else await client.send(new StopRemoteAccessSessionCommand({ arn }));
}

/** What is in flight and can be stopped, as listings show it: project by project, the newest run first. */
export function inListingOrder({ inventory: { projects, items } }: Assessment): readonly WorkItem[] {
  const place = new Map(projects.map(({ arn }, index) => [arn, index]));
  return items
    .filter(({ phase, status }) => phase !== 'stopping' && status !== 'PROCESSING')
    .toSorted((a, b) => (place.get(a.project.arn) ?? 0) - (place.get(b.project.arn) ?? 0));
}
