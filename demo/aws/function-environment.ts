import { accessKeyOf } from './call-log.ts';
import type { FunctionResource } from './plan/function-resource.ts';
import type { Place } from './plan/place.ts';

/** Where the stand-ins listen. */
export interface Endpoints {
  readonly deviceFarm: string;
  readonly dynamoDb: string;
  readonly sns: string;
}

/** The SDK's own variables for other endpoints (https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html). */
export function endpointVariables(endpoints: Endpoints): Readonly<Record<string, string>> {
  return {
    AWS_ENDPOINT_URL_DEVICE_FARM: endpoints.deviceFarm,
    AWS_ENDPOINT_URL_DYNAMODB: endpoints.dynamoDb,
    AWS_ENDPOINT_URL_SNS: endpoints.sns,
  };
}

/**
 * The whole environment of a function: its own variables, what Lambda adds
 * (https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html), and the endpoints of the stand-ins.
 */
export function functionEnvironment(
  plan: FunctionResource,
  { region }: Place,
  endpoints: Endpoints,
): Readonly<Record<string, string>> {
  return {
    ...plan.variables,
    ...endpointVariables(endpoints),
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_ACCESS_KEY_ID: accessKeyOf(plan.name),
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_SESSION_TOKEN: 'local',
    AWS_LAMBDA_FUNCTION_NAME: plan.name,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(plan.memoryMb),
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_FORMAT: plan.logFormat,
    AWS_LAMBDA_LOG_GROUP_NAME: plan.logGroup,
    AWS_LAMBDA_LOG_STREAM_NAME: 'local',
    LAMBDA_TASK_ROOT: plan.directory,
    TZ: ':UTC',
    // A home without AWS profiles, as in Lambda: the developer's own must not reach the function.
    HOME: '/home/sbx_user1051',
  };
}
