import { describe, expect, it } from 'vitest';
import { type StopOrder, stopMessage } from '../../cli/stop-order.ts';

const ACCOUNT = '123456789012';
const NOW = Date.UTC(2026, 10, 23, 12);
const RUN = `arn:aws:devicefarm:us-west-2:${ACCOUNT}:run:p/r`;
const ORDER: StopOrder = {
  target: RUN,
  reason: undefined,
  requestedBy: undefined,
  include: undefined,
  confirm: undefined,
  ignoreExemptions: undefined,
};

describe('the message of an order', () => {
  it('has only the keys that were given', () => {
    const text = stopMessage(ORDER, ACCOUNT, NOW);

    expect(JSON.parse(text)).toEqual({ action: 'stop', target: RUN });
  });

  it('has every key that was given', () => {
    const given = {
      target: 'account',
      reason: 'freeze',
      requestedBy: 'ada',
      include: 'queued',
      confirm: ACCOUNT,
      ignoreExemptions: true as const,
    };

    const text = stopMessage(given, ACCOUNT, NOW);

    expect(JSON.parse(text)).toEqual({ action: 'stop', ...given });
  });

  it.each([
    ['another account', { target: RUN.replace(ACCOUNT, '999999999999') }, /in account 999999999999/],
    ['another region', { target: RUN.replace('us-west-2', 'eu-west-1') }, /in region eu-west-1/],
    ['no ARN', { target: 'nightly' }, /target is "nightly"/],
    ['an account without confirmation', { target: 'account' }, /needs confirm/],
    ['another account confirmed', { target: 'account', confirm: '999999999999' }, /it is "999999999999"/],
    ['a needless confirmation', { confirm: ACCOUNT }, /confirm goes only with target "account"/],
    ['a part of the work that there is not', { include: 'some' }, /include is "some"/],
    ['markup in the reason', { reason: '<b>now</b>' }, /reason is .*no < >/],
    ['a reason that is too long', { reason: 'x'.repeat(501) }, /up to 500 characters/],
    ['a strange user name', { requestedBy: 'a\u0007da' }, /requestedBy is/],
  ])('is refused for %s', (_, given, reason) => {
    const make = () => stopMessage({ ...ORDER, ...given }, ACCOUNT, NOW);

    expect(make).toThrow(reason);
    expect(make).toThrow(/^nothing is sent, the guard would refuse it: /);
  });
});
