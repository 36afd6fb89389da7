import { MetricUnit, Metrics as Powertools } from '@aws-lambda-powertools/metrics';
import { METRICS } from '../env.ts';
import type { MetricName, Metrics } from '../ports.ts';

const NAMES: Readonly<Record<MetricName, string>> = METRICS;

/** CloudWatch metrics as a log line in the embedded metric format; namespace and service come from the environment. */
export function metrics(): Metrics {
  const powertools = new Powertools();
  return {
    count(counts) {
      for (const [name, value] of Object.entries(counts)) {
        powertools.addMetric(NAMES[name as MetricName], MetricUnit.Count, value);
      }
      powertools.publishStoredMetrics();
    },
  };
}
