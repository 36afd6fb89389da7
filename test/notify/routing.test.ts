import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import type { PolicyInput } from '../../lambda/policy/schema.ts';
import type { EmailRecipient } from '../../lib/settings.ts';
import { autoStopApp } from '../lib/app.ts';
import { startAutoStop, type TestAutoStop } from '../support/auto-stop.ts';
import { ACCOUNT } from '../support/local-auto-stop.ts';
import { passesFilter } from '../support/local-topic.ts';
import { addJob } from '../support/work.ts';

const LONG = { testMinutes: 1_000 };

/** AutoStop with a job of 75 minutes in each of these projects, under a limit of 60. */
async function withProjects(names: readonly string[], policy: Partial<PolicyInput> = {}) {
  const auto = await startAutoStop({ policy: { safety: { breaker: { percentOfActive: 100 } }, ...policy } });
  const arns = names.map((name) => {
    const project = auto.emulator.addProject({ name });
    return addJob(auto, LONG, { project, jobTimeoutMinutes: 1_000 });
  });
  await auto.pass(75);
  return { auto, arns };
}

/** Subjects of the mails that each address gets, by the filter policies of the template. */
function mailsOf({ topic }: TestAutoStop, recipients: readonly EmailRecipient[]) {
  const { stack } = autoStopApp({ notificationEmail: recipients });
  const found = Template.fromStack(stack).findResources('AWS::SNS::Subscription', {
    Properties: { Protocol: 'email' },
  });
  return Object.fromEntries(
    Object.values(found).map(({ Properties }) => {
      const got = topic.published.filter((one) => passesFilter(Properties.FilterPolicy ?? {}, one));
      return [Properties.Endpoint, got.map(({ subject }) => subject.replace(`[AutoStop ${ACCOUNT}] `, ''))];
    }),
  );
}

const TEAM = { email: 'team@example.com' };
const WEB = { email: 'web@example.com', projects: ['web-shop'] };
const MOBILE = { email: 'mobile@example.com', projects: ['mobile-*'] };
const RECIPIENTS = [TEAM, WEB, MOBILE];

describe('people of a project', () => {
  it('get what was stopped there, once also when it concerns several projects', async () => {
    const { auto } = await withProjects(['mobile-app', 'mobile-tv', 'web-shop']);
    await auto.sweep();
    const one = auto.emulator.addProject({ name: 'mobile-new' });
    addJob(auto, LONG, { project: one, jobTimeoutMinutes: 1_000 });
    await auto.pass(75);
    await auto.sweep();

    expect(auto.topic.published.map(({ attributes }) => attributes)).toEqual([
      { event: 'sweep', projects: ['mobile-app', 'mobile-tv', 'web-shop'] },
      { event: 'sweep', projects: ['mobile-new'] },
    ]);
    expect(mailsOf(auto, RECIPIENTS)).toEqual({
      'team@example.com': ['stopped 3', 'stopped 1'],
      'web@example.com': ['stopped 3'],
      'mobile@example.com': ['stopped 3', 'stopped 1'],
    });
  });

  it('get nothing of other projects', async () => {
    const { auto } = await withProjects(['web-shop-2', 'a mobile-app']);

    await auto.sweep();

    expect(mailsOf(auto, RECIPIENTS)).toMatchObject({ 'web@example.com': [], 'mobile@example.com': [] });
  });

  it('get warnings, would-be stops, tags and answers to orders that concern it', async () => {
    const rules = [{ id: 'long-jobs', type: 'job-duration', maxMinutes: 90, warnMinutes: 20 }] as const;
    const warned = await withProjects(['web-shop'], { rules: [...rules] });
    await warned.auto.sweep();
    await warned.auto.send({ action: 'stop', target: warned.arns[0]?.run });
    const observed = await withProjects(['web-shop'], { mode: 'observe' });
    await observed.auto.sweep();
    const tagged = await startAutoStop();
    const project = tagged.emulator.addProject({
      name: 'web-shop',
      tags: { 'autostop:exempt-until': '2099-01-01T00:00:00Z' },
    });
    addJob(tagged, LONG, { project, jobTimeoutMinutes: 1_000 });
    await tagged.pass(75);
    await tagged.sweep();

    expect(mailsOf(warned.auto, RECIPIENTS)).toEqual({
      'team@example.com': ['will stop 1', 'order done: 1 stopped'],
      'web@example.com': ['will stop 1', 'order done: 1 stopped'],
      'mobile@example.com': [],
    });
    expect(mailsOf(observed.auto, RECIPIENTS)['web@example.com']).toEqual(['would stop 1']);
    expect(mailsOf(tagged, RECIPIENTS)['web@example.com']).toEqual(['a tag exempts work']);
  });

  it('get the thresholds of budgets of the project, and not those of the account', async () => {
    const thresholds = [{ percent: 1, action: 'notify' as const }];
    const budget = { type: 'budget' as const, period: 'day' as const, limit: { usd: 1 }, thresholds };
    const { auto } = await withProjects(['web-shop', 'mobile-app'], {
      rules: [
        { ...budget, id: 'all' },
        { ...budget, id: 'web', match: { projects: ['web-*'] } },
      ],
    });

    await auto.sweep();

    expect(mailsOf(auto, RECIPIENTS)).toEqual({
      'team@example.com': ['budget all is above 1 %', 'budget web is above 1 %'],
      'web@example.com': ['budget web is above 1 %'],
      'mobile@example.com': [],
    });
  });

  it('do not get what concerns no project: pauses and refused messages', async () => {
    const { auto } = await withProjects(['web-shop']);

    await auto.send({ action: 'pause' });
    await auto.send({ action: 'destroy' });

    const mails = mailsOf(auto, RECIPIENTS);
    expect(mails['team@example.com']).toEqual(['paused', expect.stringContaining('refused')]);
    expect(mails['web@example.com']).toEqual([]);
    expect(auto.topic.published.map(({ attributes }) => attributes)).toEqual(
      Array(2).fill({ event: 'order' }),
    );
  });

  it('get what the topic did not take at first', async () => {
    const { auto } = await withProjects(['web-shop', 'mobile-app']);
    auto.topic.failures = 1;
    await auto.sweep();
    await auto.pass(5);

    await auto.sweep();

    expect(mailsOf(auto, RECIPIENTS)['web@example.com']).toEqual(['stopped 2']);
  });
});
