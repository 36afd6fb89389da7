import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Environment } from 'aws-cdk-lib';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { onTestFinished } from 'vitest';
import type { PolicyInput } from '../../lambda/policy/schema.ts';
import { AutoStop, type AutoStopProps } from '../../lib/auto-stop.ts';

export const POLICY: PolicyInput = {
  version: 1,
  rules: [{ id: 'long-jobs', type: 'job-duration', maxMinutes: 60 }],
};

export interface AppOptions extends Partial<AutoStopProps>, TemporaryAppOptions {
  readonly id?: string;
  readonly env?: Environment;
}

export interface TemporaryAppOptions {
  readonly context?: Record<string, unknown>;
  /** Whether the CDK validates the template too; that takes seconds. */
  readonly validated?: boolean;
}

/** An app whose cloud assembly disappears with the test that called this. */
export function temporaryApp({ context = {}, validated = false }: TemporaryAppOptions = {}): App {
  const outdir = mkdtempSync(join(tmpdir(), 'auto-stop-test-'));
  onTestFinished(() => rmSync(outdir, { recursive: true, force: true }));
  return new App({ outdir, context, builtinCloudFormationValidation: validated });
}

/** A stack of somebody's app with one AutoStop in it. */
export function autoStopApp(options: AppOptions = {}) {
  const { id = 'AutoStop', env, context, validated, ...props } = options;
  const app = temporaryApp({ context, validated });
  const stack = new Stack(app, 'Theirs', { ...(env && { env }) });
  const autoStop = new AutoStop(stack, id, { policy: POLICY, ...props });
  return { app, stack, autoStop };
}

let plainTemplate: Template | undefined;

/** The template of such a stack; without options the same one each time, since synthesis is slow and nobody changes it. */
export function autoStopTemplate(options?: AppOptions): Template {
  if (options) return Template.fromStack(autoStopApp(options).stack);
  plainTemplate ??= Template.fromStack(autoStopApp().stack);
  return plainTemplate;
}
