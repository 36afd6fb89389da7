import assert from 'node:assert/strict';
import { violationsIn } from '../../cli/audit-verify.ts';
import type { PolicyInput } from '../../lambda/policy/schema.ts';
import { type Deployed, MINUTE, start } from './start.ts';
import { effectiveStops, expectEveryStopExplained } from './trail.ts';

const POLICY: PolicyInput = {
  version: 1,
  mode: 'enforce',
  rules: [{ id: 'long-jobs', type: 'job-duration', maxMinutes: 60 }],
};
/** More requests than any of these invocations makes. */
const MOST = 200;

interface Story {
  readonly what: string;
  /** Whose process dies. */
  readonly dies: 'SweepFunctionName' | 'ManualStopFunctionName';
  /** Minutes for which the job is RUNNING at the begin. */
  readonly ran: number;
  /** Lets the function do its work on a job. */
  readonly run: (deployed: Deployed, arn: string, arm: () => void) => Promise<unknown>;
}

const STORIES: readonly Story[] = [
  {
    what: 'a sweep',
    dies: 'SweepFunctionName',
    ran: 75,
    run: ({ aws }, _, arm) => {
      arm();
      return aws.invoke('SweepFunctionName');
    },
  },
  {
    what: 'an order',
    dies: 'ManualStopFunctionName',
    ran: 5,
    run: ({ publish }, target, arm) => {
      arm();
      return publish({ action: 'stop', target, reason: 'runaway' });
    },
  },
  {
    what: 'a limit at its moment',
    dies: 'ManualStopFunctionName',
    ran: 57,
    run: async ({ aws, clock }, _, arm) => {
      await aws.invoke('SweepFunctionName');
      arm();
      await clock.sleep(4 * MINUTE);
      await aws.settle();
    },
  },
];

/** Kills the bundles before and after each of their requests, one after another, and lets them run again. */
for (const story of STORIES) for (const when of ['onCall', 'onAnswer'] as const) await tryAll(story, when);

async function tryAll(story: Story, when: 'onCall' | 'onAnswer'): Promise<void> {
  const deployed = await start(POLICY, { keptRequests: 1_000_000 });
  const { aws, clock, emulator } = deployed;
  const project = emulator.addProject({ name: 'mobile' });
  try {
    for (let nth = 1; nth <= MOST; nth += 1) {
      const jobs = [{ testMinutes: Number.POSITIVE_INFINITY }];
      const created = clock.now() - story.ran * MINUTE;
      const [arn = ''] = emulator.addRun({ project, name: `run-${nth}-`, created, jobs }).jobs;
      let wasKilled = false;
      await story.run(deployed, arn, () => {
        let count = 0;
        aws[when] = async ({ functionName }) => {
          if (wasKilled || functionName !== aws.plan.output(story.dies)) return;
          count += 1;
          if (count < nth) return;
          wasKilled = true;
          await aws.killContainers(story.dies);
          if (when === 'onCall') throw new Error('the process is gone');
        };
      });
      aws[when] = () => {};
      await clock.sleep(5 * MINUTE);
      await deployed.sweepFor(15);
      await aws.settle();
      await check(deployed, arn, `run-${nth}-`);
      if (!wasKilled) {
        console.log(
          `${story.what}: killed ${when === 'onCall' ? 'before' : 'after'} each of ${nth - 1} requests`,
        );
        return;
      }
    }
    throw new Error(`${story.what} made more than ${MOST} requests`);
  } finally {
    await deployed.close();
  }
}

/** Stopped once, explained, confirmed once, told, and the audit trail shows nothing wrong. */
async function check({ emulator, trail, mails, clock }: Deployed, arn: string, name: string): Promise<void> {
  const records = await trail();
  const own = records.filter(({ subject }) => subject === arn);
  assert.equal(effectiveStops(emulator).get(arn), 1, `${name} was stopped once`);
  assert.equal(own.filter(({ event }) => event === 'StopConfirmed').length, 1, `${name} was confirmed once`);
  assert.ok(
    mails().some(({ message }) => message.includes(`${pageOf(arn)}\n`)),
    `${name} was told`,
  );
  expectEveryStopExplained(emulator, records);
  assert.deepEqual(violationsIn(records, clock.now()), []);
}

/** The end of the link by which a mail names a job. */
function pageOf(arn: string): string {
  return `/runs/${arn.split('/')[1]}`;
}
