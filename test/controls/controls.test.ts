import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Control, controlRecord, controlsAt } from '../../lambda/controls/controls.ts';
import type { StoredAuditRecord } from '../../lambda/model.ts';
import { startAutoStop } from '../support/auto-stop.ts';
import { addJob } from '../support/work.ts';

const NOW = Date.UTC(2026, 10, 23, 12);
const RUN = 'arn:aws:devicefarm:us-west-2:123456789012:run:p/r';
const OTHER = 'arn:aws:devicefarm:us-west-2:123456789012:project:q';
const words = 'ada asked by message';

const at = (minutes: number) => NOW + minutes * 60_000;
const iso = (minutes: number) => new Date(at(minutes)).toISOString();
const pause = (until: number): Control => ({ action: 'pause', until: at(until), words });
const exempt = (target: string, until: number): Control => ({
  action: 'exempt',
  target,
  until: at(until),
  words,
});
const resume: Control = { action: 'resume', words };
const unexempt = (target: string): Control => ({ action: 'unexempt', target, words });

/** The record of an order that was sent that many minutes after now. */
function recordOf(order: Control, id: string, sent: number, written = sent): StoredAuditRecord {
  const around = { policy: { mode: 'enforce' }, policyVersion: 'v' } as Parameters<typeof controlRecord>[2];
  const record = controlRecord(order, { id, sentAt: at(sent) }, around);
  return { ...record, at: iso(written), day: iso(written).slice(0, 10) };
}

/** Records of these orders, sent a minute apart, the last a minute before now. */
const recordsOf = (orders: readonly Control[]) =>
  orders.map((order, index) => recordOf(order, `m${index}`, index - orders.length));
const controlsOf = (records: readonly StoredAuditRecord[]) => controlsAt(records, NOW, () => undefined);

describe('pauses and exemptions by message', () => {
  it.each<[string, readonly Control[], boolean]>([
    ['nothing', [], false],
    ['a pause', [pause(1)], true],
    ['a pause that ends now', [pause(0)], false],
    ['a pause that was resumed', [pause(60), resume], false],
    ['a pause after a resumption', [pause(60), resume, pause(30)], true],
    ['a pause and a shorter one that has ended', [pause(60), pause(-1)], true],
    ['an exemption', [exempt(RUN, 60)], false],
    ['a pause and the end of an exemption', [pause(60), unexempt(RUN)], true],
  ])('after %s: paused %#', (_, orders, paused) => {
    expect(controlsOf(recordsOf(orders)).pause !== undefined).toBe(paused);
  });

  it.each<[string, readonly Control[], readonly string[]]>([
    ['a grant', [exempt(RUN, 1)], [RUN]],
    ['a grant that ends now', [exempt(RUN, 0)], []],
    ['two grants that were revoked', [exempt(RUN, 60), exempt(RUN, 90), unexempt(RUN)], []],
    ['the revocation of another', [exempt(RUN, 60), unexempt(OTHER)], [RUN]],
    ['a resumption', [exempt(RUN, 60), resume], [RUN]],
    ['a grant after its revocation', [unexempt(RUN), exempt(RUN, 60)], [RUN]],
  ])('exempt after %s', (_, orders, targets) => {
    expect(controlsOf(recordsOf(orders)).exemptions.map(({ target }) => target)).toEqual(targets);
  });

  it('say until when, who and why; of several the longest', () => {
    const orders = [pause(60), pause(90), pause(30), exempt(RUN, 30), exempt(RUN, 20)];

    expect(controlsOf(recordsOf(orders))).toEqual({
      pause: { until: at(90), reason: `paused until ${iso(90)} (${words})` },
      extensions: new Map(),
      exemptions: [
        {
          id: 'message:m3',
          target: RUN,
          until: at(30),
          why: `exemption message:m3 until ${iso(30)} (${words})`,
        },
      ],
    });
  });

  it.each([
    ['a pause', pause(60), resume],
    ['a grant', exempt(RUN, 60), unexempt(RUN)],
  ])('%s that is written after its end was, though it was sent before, holds nothing', (_, order, end) => {
    const records = [recordOf(end, 'm2', -5), recordOf(order, 'm1', -6, -1)];

    expect(controlsOf(records)).toEqual({ exemptions: [], extensions: new Map() });
  });

  it('go by the time of sending, and not by the order in which they are read', () => {
    const order = fc.oneof(
      fc.integer({ min: -60, max: 60 }).map(pause),
      fc.constant(resume),
      fc.tuple(fc.constantFrom(RUN, OTHER), fc.integer({ min: -60, max: 60 })).map(([t, u]) => exempt(t, u)),
      fc.constantFrom(RUN, OTHER).map(unexempt),
    );
    const many = fc.array(fc.tuple(order, fc.integer({ min: -9, max: -1 })), { maxLength: 12 });

    fc.assert(
      fc.property(many, (orders) => {
        const records = orders.map(([one, sent], index) => recordOf(one, `m${index}`, sent));
        const found = controlsOf(records);
        const reversed = controlsOf(records.toReversed());
        expect(reversed.pause?.until).toBe(found.pause?.until);
        expect(reversed.exemptions.map(({ target, until }) => [target, until]).toSorted()).toEqual(
          found.exemptions.map(({ target, until }) => [target, until]).toSorted(),
        );
        const ends = [resume, unexempt(RUN), unexempt(OTHER)].map((end, index) =>
          recordOf(end, `e${index}`, 0),
        );
        expect(controlsOf([...ends, ...records])).toEqual({ exemptions: [], extensions: new Map() });
      }),
    );
  });

  it('are worked out from 30,000 records of which each target counts once', () => {
    const [template] = recordsOf([exempt(RUN, 60)]);
    const records = Array.from({ length: 30_000 }, (_, index) => ({
      ...template,
      id: `${iso(-1)}#ExemptionGranted#m${index}`,
      details: { target: `${RUN}${index % 15_000}`, until: iso(60), words },
    })) as readonly StoredAuditRecord[];

    const { exemptions } = controlsOf(records);

    expect(exemptions.length).toBe(15_000);
  });
});

describe('a malformed record among pauses and exemptions', () => {
  const good = recordOf(exempt(RUN, 60), 'good', -3);
  const bad = recordOf(pause(60), 'bad', -2);

  it.each<[string, StoredAuditRecord]>([
    ['without details', { ...bad, details: undefined }],
    ['whose end is no time', { ...bad, details: { until: 'soon', words } }],
    ['whose end is a number', { ...bad, details: { until: 7, words } }],
    ['whose id has no time', { ...bad, id: 'GuardPaused#bad' }],
    ['of another kind', { ...bad, event: 'StopRequested' }],
    ['without a target', { ...bad, event: 'ExemptionGranted', details: { until: iso(60), words } }],
  ])('%s is reported and left out; the others hold', (_, record) => {
    const reported: string[] = [];

    const controls = controlsAt([record, good], NOW, (what) => reported.push(what));

    expect(reported).toEqual([`audit record guard ${record.id} is malformed`]);
    expect(controls.pause).toBeUndefined();
    expect(controls.exemptions.map(({ target }) => target)).toEqual([RUN]);
  });

  it('does not keep a sweep from stopping what has run too long', async () => {
    const auto = await startAutoStop();
    const { arn } = addJob(auto);
    await auto.pass(61);
    auto.tables.fail({
      match: ({ operation, input }) => operation === 'Query' && JSON.stringify(input).includes('"guard"'),
      rewrite: (reply) => ({
        ...reply,
        Count: 1,
        Items: [
          {
            subject: { S: 'guard' },
            id: { S: `${new Date(auto.clock.now()).toISOString()}#GuardPaused#m1` },
          },
        ],
      }),
    });

    const sweep = await auto.sweep();

    expect(sweep).toMatchObject({ stopped: [arn], partial: false });
    expect(sweep.problems).toEqual([
      expect.stringMatching(/^audit record guard .* has no event; it is left out$/),
    ]);
  });
});
