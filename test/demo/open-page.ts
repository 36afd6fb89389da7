import { onTestFinished } from 'vitest';
import { servePage } from '../../demo/page-server.ts';
import type { Course, PageState } from '../../demo/page-state.ts';
import { parsePolicy } from '../../lambda/policy/load.ts';
import type { PolicyInput } from '../../lambda/policy/schema.ts';
import { deploy } from '../end-to-end/deploy.ts';
import { START } from '../end-to-end/start.ts';

/** One job may run for 20 minutes, and a day may cost 20 dollars. `ui-*` is on trial, `release-*` is exempt. */
const POLICY: PolicyInput = {
  version: 1,
  mode: 'enforce',
  pricePerMeteredMinute: 0.17,
  rules: [
    { id: 'long-jobs', type: 'job-duration', maxMinutes: 20 },
    { id: 'ui-limit', type: 'job-duration', maxMinutes: 5, mode: 'observe', match: { runs: ['ui-*'] } },
    {
      id: 'daily',
      type: 'budget',
      period: 'day',
      limit: { usd: 20 },
      thresholds: [{ percent: 100, action: 'notify' }],
    },
  ],
  exemptions: [
    {
      id: 'releases',
      match: { runs: ['release-*'] },
      until: '2099-01-01T00:00:00Z',
      owner: 'mobile team',
      reason: 'must not be held up',
    },
  ],
};

/** A local AWS with one project, and the page of it until the test ends. */
export async function openPage(course: Course = { isStaying: true, pace: 'normal' }) {
  const deployed = await deploy(POLICY);
  const { aws, emulator } = deployed;
  const page = await servePage({ aws, policy: parsePolicy(POLICY), course });
  let closing: Promise<void> | undefined;
  const closePage = () => {
    closing ??= page.close();
    return closing;
  };
  onTestFinished(closePage);
  const project = emulator.addProject({ name: 'mobile-app' });
  return {
    ...deployed,
    course,
    url: page.url,
    closePage,
    /** A run whose jobs hang, in flight from the beginning. */
    addHanging: (name: string, ...devices: readonly string[]) =>
      emulator.addRun({
        project,
        name,
        created: START,
        jobs: devices.map((device) => ({ device, testMinutes: Number.POSITIVE_INFINITY })),
      }),
    /** Sweeps until so many minutes have passed. */
    sweepUntil: async (minutes: number) => {
      while (aws.nextSweepAt <= START + minutes * 60_000) {
        await aws.nextSweep();
        await aws.settle();
      }
    },
    state: async (): Promise<PageState> => (await fetch(`${page.url}state`)).json() as Promise<PageState>,
    /** The token of the page, as the page itself reads it. */
    token: async () =>
      /<meta name="token" content="([^"]+)">/.exec(await (await fetch(page.url)).text())?.[1] ?? '',
    post: (path: string, body: unknown, headers: Readonly<Record<string, string>> = {}) =>
      fetch(`${page.url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) }),
  };
}
