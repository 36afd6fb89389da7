import type { FunctionError } from './container-messages.ts';

/** A function as the template describes it, with the environment that its process gets. */
export interface FunctionPlan {
  readonly logicalId: string;
  readonly name: string;
  readonly arn: string;
  /** Absolute path of the module in its asset directory. */
  readonly file: string;
  readonly handler: string;
  readonly timeoutSeconds: number;
  readonly memoryMb: number;
  readonly environment: Readonly<Record<string, string>>;
}

/** The context that a handler gets, apart from what only its container knows. */
export function contextOf(
  { name, arn, memoryMb, environment }: FunctionPlan,
  requestId: string,
): Readonly<Record<string, unknown>> {
  return {
    functionName: name,
    functionVersion: environment.AWS_LAMBDA_FUNCTION_VERSION,
    invokedFunctionArn: arn,
    memoryLimitInMB: String(memoryMb),
    awsRequestId: requestId,
    logGroupName: environment.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: environment.AWS_LAMBDA_LOG_STREAM_NAME,
    callbackWaitsForEmptyEventLoop: true,
  };
}

/** What Lambda says of an invocation that took longer than the plan allows. */
export function timeoutError({ timeoutSeconds }: FunctionPlan, requestId: string): FunctionError {
  return {
    errorType: 'Sandbox.Timedout',
    errorMessage: `RequestId: ${requestId} Error: Task timed out after ${timeoutSeconds.toFixed(2)} seconds`,
  };
}
