import { App, Duration, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { PolicyError } from '../lambda/policy/faults.ts';
import { AutoStopStack } from '../lib/auto-stop-stack.ts';
import { policyFromFile } from '../lib/policy-from-file.ts';
import { SettingError } from '../lib/settings.ts';

const DEFAULT_STACK_NAME = 'DeviceFarmAutoStop';

try {
  compose(new App());
} catch (error) {
  if (!(error instanceof PolicyError || error instanceof SettingError)) throw error;
  // What the operator wrote is wrong, so a stack trace into these files would only hide the lines that say where.
  console.error(error.message);
  // Ends here: an app left alone is synthesised at exit, and would look like one without AutoStop.
  process.exit(1);
}

/**
 * The app of `cdk deploy`: one AutoStop, set with `-c policy=path -c interval=minutes -c email=address
 * -c notificationTopicArn=ARN -c stackName=name`.
 */
function compose(app: App): void {
  const policy = setting(app, 'policy') ?? 'policy.yaml';
  const minutes = setting(app, 'interval');
  const email = setting(app, 'email');
  const topic = setting(app, 'notificationTopicArn');
  new AutoStopStack(app, setting(app, 'stackName') ?? DEFAULT_STACK_NAME, {
    description:
      'Stops AWS Device Farm jobs and remote access sessions that break a policy, and records why.',
    policy: policyFromFile(policy),
    ...(minutes === undefined ? {} : { interval: Duration.minutes(wholeMinutes(minutes)) }),
    ...(email === undefined ? {} : { notificationEmail: email }),
    ...(topic === undefined ? {} : { notificationTopic: topic }),
  });
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
}

/** A context value as text, from `-c key=value` (always text) or from `cdk.json` (any JSON). */
function setting(app: App, key: string): string | undefined {
  const value: unknown = app.node.tryGetContext(key);
  return value === undefined || value === '' ? undefined : String(value);
}

function wholeMinutes(text: string): number {
  if (!/^\d{1,4}$/.test(text)) {
    throw new SettingError(`interval is "${text}"; use whole minutes, such as -c interval=5`);
  }
  return Number(text);
}
