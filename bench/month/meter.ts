import { isRecord } from '../../local/stack/is-record.ts';
import type { StandInReply, StandInRequest } from '../../local/stack/stand-in.ts';
import type { Services } from '../../test/harness/services.ts';
import { AUDIT_TABLE } from '../../test/harness/table-service.ts';

/** What some work asked of AWS. Units are those of DynamoDB's on-demand price: 4 KB read consistently, 1 KB written. */
export interface Usage {
  readonly requests: number;
  /** But for those of `comparing`. */
  readonly readUnits: number;
  /** Read units of comparing listings with the ledger, which happens once a day. */
  readonly comparing: number;
  readonly writeUnits: number;
  readonly farmCalls: number;
}

/** Counts what is asked of the tables, by their own account of it, and of Device Farm. */
export class Meter {
  readonly #services: Services;
  #requests = 0;
  #readUnits = 0;
  #comparing = 0;
  #writeUnits = 0;

  constructor(services: Services) {
    this.#services = services;
    const { tables } = services;
    const answer = tables.answer.bind(tables);
    tables.answer = async (request) => {
      const reply = await answer(asked(request));
      this.#count(request, reply);
      return reply;
    };
  }

  async during(work: () => Promise<unknown>): Promise<Usage> {
    const { emulator, tables } = this.#services;
    // They would grow by some hundred thousand in a month.
    emulator.requests.length = 0;
    tables.calls.length = 0;
    const before = this.#counts();
    await work();
    const after = this.#counts();
    return {
      requests: after.requests - before.requests,
      readUnits: after.readUnits - before.readUnits,
      comparing: after.comparing - before.comparing,
      writeUnits: after.writeUnits - before.writeUnits,
      farmCalls: emulator.requests.length,
    };
  }

  #counts() {
    return {
      requests: this.#requests,
      readUnits: this.#readUnits,
      comparing: this.#comparing,
      writeUnits: this.#writeUnits,
    };
  }

  #count(request: StandInRequest, reply: StandInReply): void {
    this.#requests += 1;
    const isRead = /\.(Query|GetItem)$/.test(String(request.headers['x-amz-target']));
    for (const { units, table } of consumed(reply)) {
      if (isRead && asksForProject(request)) this.#comparing += units;
      else if (isRead) this.#readUnits += units;
      // The trail's index holds a copy of each record.
      else this.#writeUnits += table === AUDIT_TABLE ? 2 * units : units;
    }
  }
}

/** Only a comparison asks for the charges of one project. */
function asksForProject({ body }: StandInRequest): boolean {
  return /"ledger#[^"]*"/.test(body.toString()) && body.includes('begins_with');
}

/** The request with the question what it consumes. */
function asked(request: StandInRequest): StandInRequest {
  const input: unknown = JSON.parse(request.body.toString());
  if (!isRecord(input)) return request;
  return { ...request, body: Buffer.from(JSON.stringify({ ...input, ReturnConsumedCapacity: 'TOTAL' })) };
}

function consumed(reply: StandInReply): readonly { readonly units: number; readonly table: string }[] {
  if (reply.kind !== 'http') return [];
  const body: unknown = JSON.parse(reply.body);
  const told = isRecord(body) ? body.ConsumedCapacity : undefined;
  return [told]
    .flat()
    .flatMap((one) =>
      isRecord(one) && typeof one.CapacityUnits === 'number'
        ? [{ units: one.CapacityUnits, table: String(one.TableName) }]
        : [],
    );
}

export function addUsage(usages: readonly Usage[]): Usage {
  const sum = (of: (usage: Usage) => number) => usages.reduce((total, usage) => total + of(usage), 0);
  return {
    requests: sum(({ requests }) => requests),
    readUnits: sum(({ readUnits }) => readUnits),
    comparing: sum(({ comparing }) => comparing),
    writeUnits: sum(({ writeUnits }) => writeUnits),
    farmCalls: sum(({ farmCalls }) => farmCalls),
  };
}
