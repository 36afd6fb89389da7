import { Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { AutoStop, type AutoStopProps } from './auto-stop.ts';

/** Properties of a stack and of the AutoStop in it. */
export interface AutoStopStackProps extends StackProps, AutoStopProps {}

/** A stack of its own with one AutoStop. */
export class AutoStopStack extends Stack {
  /** The AutoStop of this stack. */
  readonly autoStop: AutoStop;

  constructor(scope: Construct, id: string, props: AutoStopStackProps) {
    super(scope, id, props);
    this.autoStop = new AutoStop(this, 'AutoStop', props);
  }
}
