import { typeOf } from '../rules/rules.ts';
import type { Match } from './match.ts';
import type { Policy } from './schema.ts';

/** What a policy does, one line each, for a person who checks it. */
export function describePolicy(policy: Policy): readonly string[] {
  const { breaker, maxStopsPerHour, confirmWithinMinutes, maxAttempts } = policy.safety;
  return [
    policy.mode === 'enforce'
      ? 'enforces: what is over is stopped'
      : 'observes: what is over is recorded, and nothing is stopped',
    ...policy.rules.map((rule) => {
      const verb = policy.mode === 'enforce' && rule.mode !== 'observe' ? 'stops' : 'would stop';
      const apart = rule.mode === 'observe' && policy.mode === 'enforce' ? ' (observes)' : '';
      return `${rule.id}: ${verb} ${typeOf(rule.type).describe(rule)}${matchText(rule.match)}${apart}`;
    }),
    ...policy.exemptions.map(({ id, match, until, owner, reason }) =>
      `${id}: exempts ${matchText(match) || ' everything'} until ${until} (${owner}: ${reason})`.replace(
        '  ',
        ' ',
      ),
    ),
    `safety: at most ${maxStopsPerHour} stops an hour; held for ${breaker.holdMinutes} min when more than ${breaker.percentOfActive} % of at least ${breaker.minimumActive} in flight are newly over; asked again after ${confirmWithinMinutes} min, at most ${maxAttempts} times`,
  ];
}

/** Such as ` in projects mobile-*, runs nightly-*`; nothing when everything matches. */
function matchText(match: Match): string {
  const parts = Object.entries(match).map(([key, value]) =>
    Array.isArray(value)
      ? `${key} ${value.join(' or ')}`
      : key === 'work'
        ? `only ${value}`
        : `${value} work`,
  );
  return parts.length === 0 ? '' : `, of ${parts.join(', ')}`;
}
