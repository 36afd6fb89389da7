import { Duration } from 'aws-cdk-lib';
import {
  Dashboard,
  GraphWidget,
  LogQueryVisualizationType,
  LogQueryWidget,
  Metric,
  TextWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { METRIC_NAMESPACE, TROUBLE_METRIC } from '../lambda/env.ts';

export interface AutoStopDashboardProps {
  readonly sweepFunction: IFunction;
  readonly ordersFunction: IFunction;
  /** Log groups of both functions. */
  readonly sweepLogs: string;
  readonly ordersLogs: string;
  readonly orders: IQueue;
  readonly deadLetters: IQueue;
  /** Value of the metric's dimension `service`. */
  readonly serviceName: string;
}

const WIDTH = 24;
const HALF = WIDTH / 2;
const HEIGHT = 6;

/**
 * Within budget? What was stopped? Is AutoStop healthy? What there is no metric of is read from the logs by Logs Insights, which costs by
 * what it scans whenever somebody looks.
 */
export class AutoStopDashboard extends Construct {
  constructor(scope: Construct, id: string, props: AutoStopDashboardProps) {
    super(scope, id);
    const { sweepFunction, ordersFunction, orders, deadLetters, serviceName } = props;
    const dashboard = new Dashboard(this, 'Dashboard', { defaultInterval: Duration.days(1) });
    const period = Duration.minutes(5);
    const graph = (title: string, left: readonly Metric[]) =>
      new GraphWidget({ title, left: [...left], width: HALF, height: HEIGHT });
    const logs = (
      title: string,
      logGroup: string,
      queryLines: readonly string[],
      view = LogQueryVisualizationType.TABLE,
    ) =>
      new LogQueryWidget({
        title,
        view,
        logGroupNames: [logGroup],
        queryLines: [...queryLines],
        width: HALF,
        height: HEIGHT,
      });
    dashboard.addWidgets(
      new TextWidget({
        markdown: `# ${serviceName}\nWhat to do: docs/runbook.md of AutoStop. Now: \`npx autostop status\``,
        width: WIDTH,
        height: 2,
      }),
    );
    dashboard.addWidgets(
      logs(
        'Spent today, metered minutes of the account in US dollars',
        props.sweepLogs,
        [
          'fields @timestamp',
          'filter message = "sweep finished" and spend.0.kind = "day"',
          'stats max(spend.0.usd.spent) as spent, max(spend.0.usd.worstCase) as worstCase by bin(15m)',
        ],
        LogQueryVisualizationType.LINE,
      ),
      logs('Stopped by rules', props.sweepLogs, [
        'filter message = "stop result" and kind = "stopped"',
        'sort @timestamp desc',
        'display @timestamp, arn, reason',
        'limit 20',
      ]),
    );
    dashboard.addWidgets(
      graph('Sweeps, and those that failed', [
        sweepFunction.metricInvocations({ period }),
        sweepFunction.metricErrors({ period }),
      ]),
      graph('Trouble: what needs a person', [
        new Metric({
          namespace: METRIC_NAMESPACE,
          metricName: TROUBLE_METRIC,
          dimensionsMap: { service: serviceName },
          statistic: 'Sum',
          period,
        }),
      ]),
    );
    dashboard.addWidgets(
      graph('Orders that wait, and those that were given up', [
        orders.metricApproximateNumberOfMessagesVisible({ period, statistic: 'Maximum' }),
        deadLetters.metricApproximateNumberOfMessagesVisible({ period, statistic: 'Maximum' }),
      ]),
      logs('Orders', props.ordersLogs, [
        'filter message = "order"',
        'sort @timestamp desc',
        'display @timestamp, status, reason, count',
        'limit 20',
      ]),
    );
    dashboard.addWidgets(
      graph('What it costs: seconds of both functions', [
        sweepFunction.metricDuration({ period, statistic: 'Sum' }),
        ordersFunction.metricDuration({ period, statistic: 'Sum' }),
      ]),
      logs(
        'Work in flight, and what could not be seen',
        props.sweepLogs,
        [
          'filter message = "sweep finished"',
          'stats max(activeItems) as inFlight, max(problemsCount) as problems by bin(15m)',
        ],
        LogQueryVisualizationType.LINE,
      ),
    );
  }
}
