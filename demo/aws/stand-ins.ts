import type { Listener } from '../../emulator/listen.ts';
import { accessKeyOf, type Call, signerOf } from './call-log.ts';
import type { Endpoints } from './function-environment.ts';
import type { LocalDynamoDb } from './local-dynamodb.ts';
import type { LocalSns } from './local-sns.ts';
import type { StackPlan } from './plan/stack-plan.ts';
import { type Asked, askedOfDeviceFarm, askedOfDynamoDb, askedOfSns } from './read-call.ts';
import { type StandInReply, type StandInRequest, serve } from './stand-in.ts';

/** Anything that speaks Device Farm's protocol without a transport, such as the emulator. */
export interface DeviceFarmService {
  handle(request: StandInRequest): Promise<StandInReply>;
}

export interface Services {
  readonly deviceFarm: DeviceFarmService;
  readonly dynamoDb: LocalDynamoDb;
  readonly sns: LocalSns;
}

interface Service {
  readonly name: Call['service'];
  readonly asked: (request: StandInRequest) => Asked;
  readonly answer: (request: StandInRequest) => Promise<StandInReply>;
}

/** The stand-ins of one deployment, each on a port of its own, with one log of all calls in the order of their arrival. */
export class StandIns {
  readonly calls: Call[] = [];
  readonly endpoints: Endpoints;
  readonly #open: readonly Listener[];

  private constructor(endpoints: Endpoints, open: readonly Listener[], calls: Call[]) {
    this.endpoints = endpoints;
    this.#open = open;
    this.calls = calls;
  }

  static async open(services: Services, plan: StackPlan, now: () => number): Promise<StandIns> {
    const calls: Call[] = [];
    const callers = new Map(plan.functions.map(({ name }) => [accessKeyOf(name), name]));
    const opened: Listener[] = [];
    const open = async (service: Service): Promise<string> => {
      const standIn = await serve(now, (request) => recorded(service, request, { calls, callers, now }));
      opened.push(standIn);
      return standIn.url;
    };
    const { deviceFarm, dynamoDb, sns } = services;
    const endpoints = {
      deviceFarm: await open({
        name: 'devicefarm',
        asked: askedOfDeviceFarm,
        answer: (request) => deviceFarm.handle(request),
      }),
      dynamoDb: await open({
        name: 'dynamodb',
        asked: (request) => askedOfDynamoDb(request, plan.place),
        answer: (request) => dynamoDb.answer(request),
      }),
      sns: await open({ name: 'sns', asked: askedOfSns, answer: (request) => sns.answer(request) }),
    };
    return new StandIns(endpoints, opened, calls);
  }

  async close(): Promise<void> {
    await Promise.all(this.#open.map((standIn) => standIn.close()));
  }
}

interface Recording {
  readonly calls: Call[];
  readonly callers: ReadonlyMap<string, string>;
  readonly now: () => number;
}

/** The call is in the log before the service sees it. */
async function recorded(
  { name, asked, answer }: Service,
  request: StandInRequest,
  { calls, callers, now }: Recording,
): Promise<StandInReply> {
  const accessKeyId = signerOf(request.headers.authorization);
  const functionName = callers.get(accessKeyId ?? '');
  const call: Call = {
    at: now(),
    service: name,
    ...asked(request),
    ...(accessKeyId === undefined ? {} : { accessKeyId }),
    ...(functionName === undefined ? {} : { functionName }),
  };
  calls.push(call);
  const reply = await answer(request);
  if (reply.kind === 'http') call.status = reply.status;
  return reply;
}
