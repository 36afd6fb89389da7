import { IdempotencyConfig, makeIdempotent } from '@aws-lambda-powertools/idempotency';
import { DynamoDBPersistenceLayer } from '@aws-lambda-powertools/idempotency/dynamodb';
import {
  type DeviceFarmClient,
  StopJobCommand,
  StopRemoteAccessSessionCommand,
  StopRunCommand,
} from '@aws-sdk/client-device-farm';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Context } from 'aws-lambda';
import { assertNever } from '../../core/assert-never.ts';
import type { Stopper, StopReply } from '../../ports.ts';
import { describeError } from '../describe-error.ts';
import { RateLimiter, REAL_TIME, type Time, WRITE_RATE } from './rate-limiter.ts';

/** Functions share stops only if they share the prefix: Powertools' own default is the function's name. */
const KEY_PREFIX = 'stop';
/** Seconds that a finished stop is remembered. */
const EXPIRES_AFTER = 48 * 3_600;
/** Milliseconds before the end of the invocation in which a throttled call is not made again. */
const LAST_CALL = 15_000;

type Kind = 'job' | 'session' | 'run';

interface StopCall {
  readonly arn: string;
  readonly attempt: number;
}

/** The one effect, at most once per ARN and attempt. */
export interface IdempotentStopper extends Stopper {
  /** Must be called for each invocation: the lock of a call lasts as long as the invocation may. */
  begin(context: Pick<Context, 'getRemainingTimeInMillis'>): void;
}

/** Stops through the SDK, behind an idempotency record in the state table. */
export function stopper(
  farm: DeviceFarmClient,
  tables: DynamoDBClient,
  stateTable: string,
  time: Time = REAL_TIME,
): IdempotentStopper {
  const persistenceStore = new DynamoDBPersistenceLayer({
    tableName: stateTable,
    keyAttr: 'pk',
    sortKeyAttr: 'sk',
    staticPkValue: 'idempotency',
    expiryAttr: 'expires',
    awsSdkV3Client: tables,
  });
  const config = new IdempotencyConfig({ expiresAfterSeconds: EXPIRES_AFTER });
  const hasTime = () => (config.lambdaContext?.getRemainingTimeInMillis() ?? 0) > LAST_CALL;
  const limiter = () => new RateLimiter(WRITE_RATE, time);
  const limits: Readonly<Record<Kind, RateLimiter>> = { job: limiter(), session: limiter(), run: limiter() };
  return {
    begin: (context) => config.registerLambdaContext(context as Context),
    request: ({ kind, arn }, attempt) => request(kind, arn, attempt),
    requestRun: (arn, attempt) => request('run', arn, attempt),
  };

  async function request(kind: Kind, arn: string, attempt: number): Promise<StopReply> {
    const refusals: unknown[] = [];
    const call = async (stop: StopCall): Promise<string> => {
      for (;;) {
        await limits[kind].take();
        try {
          return await send(farm, kind, stop.arn);
        } catch (error) {
          // Throttled: somebody else uses up the account's rate, and nothing was stopped. The bucket sets the pace.
          if (describeError(error).kind === 'throttled' && hasTime()) continue;
          refusals.push(error);
          throw error;
        }
      }
    };
    const once = makeIdempotent(call, { persistenceStore, config, keyPrefix: KEY_PREFIX });
    try {
      return { kind: 'accepted', status: await once({ arn, attempt }) };
    } catch (error) {
      return replyFor(error, refusals);
    }
  }
}

/** Only the status: a reply can hold signed URLs, and what is returned here is stored. */
async function send(farm: DeviceFarmClient, kind: Kind, arn: string): Promise<string> {
  switch (kind) {
    case 'job':
      return (await farm.send(new StopJobCommand({ arn }))).job?.status ?? 'no status';
    case 'session':
      return (
        (await farm.send(new StopRemoteAccessSessionCommand({ arn }))).remoteAccessSession?.status ??
        'no status'
      );
    case 'run':
      return (await farm.send(new StopRunCommand({ arn }))).run?.status ?? 'no status';
    default:
      return assertNever(kind);
  }
}

/** A refusal is the answer, also when the idempotency record could not be removed after it. */
function replyFor(error: unknown, refusals: readonly unknown[]): StopReply {
  if (refusals.length > 0) return { kind: 'refused', error: describeError(refusals.at(-1)) };
  if (error instanceof Error && error.name === 'IdempotencyAlreadyInProgressError')
    return { kind: 'inProgress' };
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  return { kind: 'unrecorded', error: describeError(cause) };
}
