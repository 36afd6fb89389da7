import { describe, expect, it } from 'vitest';
import { forecastStops } from '../../../../lambda/core/policy/forecast-stops.ts';

const withThreshold = (threshold: unknown) => ({ rules: [{ type: 'budget', thresholds: [threshold] }] });

describe('forecastStops', () => {
  it.each(['stop-queued', 'stop-all'])('refuses %s on a forecast', (action) => {
    const [fault, ...others] = forecastStops(withThreshold({ percent: 100, basis: 'forecast', action }));

    expect(fault).toMatchObject({
      path: 'rules[0].thresholds[0].action',
      found: `"${action}"`,
      hint: 'a forecast stops nothing',
    });
    expect(others).toEqual([]);
  });

  it.each([
    withThreshold({ basis: 'forecast', action: 'notify' }),
    withThreshold({ basis: 'committed', action: 'stop-all' }),
    withThreshold({ action: 'stop-all' }),
    withThreshold(null),
    { rules: 'none' },
    { rules: [{ thresholds: 3 }, null] },
    undefined,
  ])('has nothing to say of %j', (input) => {
    expect(forecastStops(input)).toEqual([]);
  });
});
