import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { StoredAuditRecord } from '../../../../lambda/core/audit-record.ts';
import type { SteerCommand } from '../../../../lambda/core/messages/command.ts';
import { steeringAt } from '../../../../lambda/core/steering/steering.ts';
import { steeringRecord } from '../../../../lambda/core/steering/steering-record.ts';

const NOW = Date.UTC(2026, 10, 23, 12);
const RUN = 'arn:aws:devicefarm:us-west-2:123456789012:run:p/r';
const OTHER = 'arn:aws:devicefarm:us-west-2:123456789012:project:q';
const words = 'ada asked by message';

const iso = (minutes: number) => new Date(NOW + minutes * 60_000).toISOString();
const pause = (until: number): SteerCommand => ({ action: 'pause', until: iso(until), words });
const exempt = (target: string, until: number): SteerCommand => ({
  action: 'exempt',
  target,
  until: iso(until),
  words,
});
const resume: SteerCommand = { action: 'resume', words };
const unexempt = (target: string): SteerCommand => ({ action: 'unexempt', target, words });

/** Records of these commands, a minute apart, the last a minute before now. */
function recordsOf(commands: readonly SteerCommand[]): readonly StoredAuditRecord[] {
  return commands.map((command, index) => stored(command, `m${index}`, iso(index - commands.length)));
}

function stored(command: SteerCommand, id: string, at: string): StoredAuditRecord {
  return {
    ...steeringRecord(command, { id, timestamp: at }, { mode: 'enforce', policyVersion: 'v' }),
    at,
    day: at.slice(0, 10),
  };
}

describe('steeringAt', () => {
  it.each<[string, readonly SteerCommand[], boolean]>([
    ['nothing', [], false],
    ['a pause', [pause(1)], true],
    ['a pause that ends now', [pause(0)], false],
    ['a pause that was resumed', [pause(60), resume], false],
    ['a pause after a resumption', [pause(60), resume, pause(30)], true],
    ['the longer of two pauses', [pause(60), pause(-1)], true],
    ['an exemption', [exempt(RUN, 60)], false],
    ['a pause and the end of an exemption', [pause(60), unexempt(RUN)], true],
  ])('after %s', (_, commands, paused) => {
    const steering = steeringAt(recordsOf(commands), NOW);

    expect(steering.pause !== undefined).toBe(paused);
  });

  it.each<[string, readonly SteerCommand[], readonly string[]]>([
    ['a grant', [exempt(RUN, 1)], [RUN]],
    ['a grant that ends now', [exempt(RUN, 0)], []],
    ['a grant that was revoked', [exempt(RUN, 60), exempt(RUN, 90), unexempt(RUN)], []],
    ['the revocation of another', [exempt(RUN, 60), unexempt(OTHER)], [RUN]],
    ['a resumption', [exempt(RUN, 60), resume], [RUN]],
    ['a grant after its revocation', [unexempt(RUN), exempt(RUN, 60)], [RUN]],
  ])('exempts after %s', (_, commands, targets) => {
    const steering = steeringAt(recordsOf(commands), NOW);

    expect(steering.exemptions.map(({ target }) => target)).toEqual(targets);
  });

  it('says until when, who and why', () => {
    const { pause: held, exemptions } = steeringAt(recordsOf([pause(60), exempt(RUN, 30)]), NOW);

    expect(held).toEqual({ kind: 'paused', sentence: `paused until ${iso(60)} (${words})` });
    expect(exemptions).toEqual([
      { id: 'message:m1', target: RUN, sentence: `exemption message:m1 until ${iso(30)} (${words})` },
    ]);
  });

  it('holds an end that cannot be read for one that has not come', () => {
    const records = recordsOf([pause(60)]).map((record) => ({ ...record, details: { until: 'soon' } }));

    expect(steeringAt(records, NOW).pause).toBeDefined();
  });

  it('goes by the time of writing, then by the id, and not by the order in which it is read', () => {
    const command = fc.oneof(
      fc.integer({ min: -60, max: 60 }).map(pause),
      fc.constant(resume),
      fc.tuple(fc.constantFrom(RUN, OTHER), fc.integer({ min: -60, max: 60 })).map(([t, u]) => exempt(t, u)),
      fc.constantFrom(RUN, OTHER).map(unexempt),
    );
    const many = fc.array(fc.tuple(command, fc.integer({ min: -9, max: -1 })), { maxLength: 12 });

    fc.assert(
      fc.property(many, fc.infiniteStream(fc.nat()), (commands, order) => {
        const records = commands.map(([one, at], index) => stored(one, `m${index}`, iso(at)));
        const shuffled = records
          .map((record) => ({ record, place: order.next().value }))
          .toSorted((a, b) => a.place - b.place)
          .map(({ record }) => record);
        expect(steeringAt(shuffled, NOW)).toEqual(steeringAt(records, NOW));
      }),
    );
  });

  it('holds nothing after a resumption and revocations that came last, whatever came before', () => {
    const before = fc.array(
      fc.oneof(
        fc.integer({ min: 1, max: 60 }).map(pause),
        fc.constantFrom(RUN, OTHER).map((t) => exempt(t, 60)),
      ),
    );

    fc.assert(
      fc.property(before, (commands) => {
        const records = recordsOf([...commands, resume, unexempt(RUN), unexempt(OTHER)]);
        expect(steeringAt(records, NOW)).toEqual({ exemptions: [] });
      }),
    );
  });
});
