import { afterEach, describe, expect, it, vi } from 'vitest';
import { metrics } from '../../../lambda/aws/metrics.ts';
import { METRIC_NAMESPACE } from '../../../lambda/env.ts';

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

/** The lines that counting writes, parsed. */
function linesOf(count: () => void): Record<string, unknown>[] {
  // Development mode writes to the console of this process, and no metrics unless told to.
  vi.stubEnv('POWERTOOLS_DEV', 'true');
  vi.stubEnv('POWERTOOLS_METRICS_DISABLED', 'false');
  vi.stubEnv('POWERTOOLS_METRICS_NAMESPACE', METRIC_NAMESPACE);
  vi.stubEnv('POWERTOOLS_SERVICE_NAME', 'my-stack');
  const log = vi.spyOn(console, 'log').mockImplementation(() => {});
  count();
  return log.mock.calls.map(([line]) => JSON.parse(String(line)));
}

describe('metrics', () => {
  it('writes counts in the embedded metric format, with the service as the one dimension', () => {
    const lines = linesOf(() => metrics().count({ sweepsEnded: 1, failedStops: 0, stops: 3 }));

    expect(lines).toMatchObject([
      {
        service: 'my-stack',
        SweepsEnded: 1,
        FailedStops: 0,
        Stops: 3,
        _aws: { CloudWatchMetrics: [{ Namespace: METRIC_NAMESPACE, Dimensions: [['service']] }] },
      },
    ]);
  });

  it('does not carry counts from one invocation into the next', () => {
    const lines = linesOf(() => {
      const counter = metrics();
      counter.count({ stops: 3 });
      counter.count({ wouldStop: 1 });
    });

    expect(lines[1]).toMatchObject({ WouldStop: 1 });
    expect(lines[1]).not.toHaveProperty('Stops');
  });
});
