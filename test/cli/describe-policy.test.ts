import { describe, expect, it } from 'vitest';
import { describePolicy } from '../../cli/describe-policy.ts';
import { parsePolicy } from '../../lambda/core/policy/parse-policy.ts';

const NOW = Date.UTC(2026, 10, 23, 12);
const RULE = { id: 'any', type: 'queue-age', maxMinutes: 1 };
const EXEMPTION = { id: 'release', match: { runs: ['release-*'] }, owner: 'ada', reason: 'store release' };

function describing(input: object): string {
  return describePolicy(parsePolicy({ version: 1, rules: [RULE], ...input }), NOW, 400);
}

describe('a policy in words', () => {
  it.each([
    ['observe', /^Mode observe: nothing is stopped/],
    ['enforce', /^Mode enforce: what these rules are against is stopped/],
  ])('begins with its mode: %s', (mode, sentence) => {
    const text = describing({ mode });

    expect(text).toMatch(sentence);
  });

  it('names zone and price', () => {
    const text = describing({ timezone: 'Europe/Berlin', pricePerMeteredMinute: 0.2 });

    expect(text).toContain(
      'Budget periods begin at midnight in Europe/Berlin. A metered minute counts $0.2.',
    );
  });

  it('says what an exemption protects until when, and whose it is', () => {
    const text = describing({ exemptions: [{ ...EXEMPTION, until: '2026-11-23T12:00:00.001Z' }] });

    expect(text).toMatch(
      /release +protects jobs of runs release-\* until 2026-11-23T12:00:00.001Z \(ada: store release\)/,
    );
  });

  it('says that an exemption has ended, from its last moment on', () => {
    const text = describing({ exemptions: [{ ...EXEMPTION, until: '2026-11-23T12:00:00Z' }] });

    expect(text).toMatch(/release +has ended at 2026-11-23T12:00:00Z and protects nothing any more/);
  });

  it.each([
    ['enforce', 'stops'],
    ['observe', 'would stop'],
  ])('in mode %s says what messages of AWS do', (mode, verb) => {
    const manualStop = { budgets: [{ name: 'b', stop: 'queued' }], alarms: [{ name: 'a', stop: 'all' }] };

    const text = describing({ mode, manualStop });

    expect(text).toMatch(new RegExp(`AWS budget "b" +${verb} queued work`));
    expect(text).toMatch(new RegExp(`CloudWatch alarm "a" +${verb} all work`));
  });

  it('leaves out sections that are empty', () => {
    const text = describing({});

    expect(text).not.toMatch(/Exemptions|Messages/);
  });
});
