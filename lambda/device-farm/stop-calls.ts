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
import { describeError, type ServiceError } from '../errors.ts';
import type { StopTarget } from '../model.ts';
import { assertNever } from '../text.ts';
import { Api, type Pace, WRITE_RATE } from './retry.ts';

/** Functions share stops only if they share the prefix: Powertools' own default is the function's name. */
const KEY_PREFIX = 'stop';
/** Seconds that a finished stop is remembered. */
const EXPIRES_AFTER = 48 * 3_600;
/** A throttled stop stopped nothing; a lost reply is not repeated blindly: who asked reads the item again first. */
const TRIES = { throttled: 3, unavailable: 1 };

/** What became of a stop call. */
export type StopReply =
  /** The service took the request, now or in an earlier call of the same attempt; `status` is what it replied then. */
  | { readonly kind: 'accepted'; readonly status: string }
  /** Another invocation is making this very call. */
  | { readonly kind: 'inProgress' }
  | { readonly kind: 'refused'; readonly error: ServiceError }
  /** The idempotency record could not be read or written: nothing is known of the stop. */
  | { readonly kind: 'unrecorded'; readonly error: ServiceError };

/** The one effect of AutoStop: at most one call per ARN and attempt, whichever function asks. */
export class StopCalls {
  readonly #client: DeviceFarmClient;
  readonly #store: DynamoDBPersistenceLayer;
  readonly #config = new IdempotencyConfig({ expiresAfterSeconds: EXPIRES_AFTER });
  readonly #apis: Readonly<Record<StopTarget['kind'], Api>>;

  constructor(client: DeviceFarmClient, tables: DynamoDBClient, stateTable: string, pace: Pace) {
    this.#client = client;
    this.#store = new DynamoDBPersistenceLayer({
      tableName: stateTable,
      keyAttr: 'pk',
      sortKeyAttr: 'sk',
      staticPkValue: 'idempotency',
      expiryAttr: 'expires',
      awsSdkV3Client: tables,
    });
    // Each API has a bucket of its own, so that one under contention starves no other.
    this.#apis = {
      job: new Api(WRITE_RATE, pace),
      session: new Api(WRITE_RATE, pace),
      run: new Api(WRITE_RATE, pace),
    };
  }

  /** Must be called for each invocation: the lock of a call lasts as long as the invocation may. */
  begin(context: Pick<Context, 'getRemainingTimeInMillis'>): void {
    this.#config.registerLambdaContext(context as Context); // Powertools reads nothing but the remaining time.
    for (const api of Object.values(this.#apis)) api.begin();
  }

  /** Asks Device Farm to stop a job, a session or a whole run, once per ARN and attempt. */
  async stop({ kind, arn }: Pick<StopTarget, 'kind' | 'arn'>, attempt: number): Promise<StopReply> {
    const refusals: unknown[] = [];
    const call = async (_payload: { readonly arn: string; readonly attempt: number }): Promise<string> => {
      try {
        return await this.#apis[kind].call((options) => this.#send(kind, arn, options), TRIES);
      } catch (error) {
        refusals.push(error);
        throw error;
      }
    };
    const once = makeIdempotent(call, {
      persistenceStore: this.#store,
      config: this.#config,
      keyPrefix: KEY_PREFIX,
    });
    try {
      return { kind: 'accepted', status: await once({ arn, attempt }) };
    } catch (error) {
      return replyFor(error, refusals);
    }
  }

  /** Only the status: a reply can hold signed URLs, and what is returned here is stored. */
  async #send(
    kind: StopTarget['kind'],
    arn: string,
    options: { readonly abortSignal: AbortSignal },
  ): Promise<string> {
    switch (kind) {
      case 'job':
        return (await this.#client.send(new StopJobCommand({ arn }), options)).job?.status ?? 'no status';
      case 'session': {
        const reply = await this.#client.send(new StopRemoteAccessSessionCommand({ arn }), options);
        return reply.remoteAccessSession?.status ?? 'no status';
      }
      case 'run':
        return (await this.#client.send(new StopRunCommand({ arn }), options)).run?.status ?? 'no status';
      default:
        return assertNever(kind);
    }
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
