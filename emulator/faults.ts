import type { JsonObject } from './json.ts';
import type { RequestRecord } from './request-log.ts';

type Stage = 'before' | 'after';

/** What goes wrong. `when: 'before'` means that the operation has no effect, `'after'` that it has. */
export type FaultKind =
  /** Any error by name; HTTP 500 for the service's own faults, 400 otherwise, unless `status` says so. @default before */
  | {
      readonly kind: 'error';
      readonly name: string;
      readonly status?: number;
      readonly message?: string;
      readonly when?: Stage;
    }
  /** An HTML page instead of JSON. @default 503, before */
  | { readonly kind: 'html'; readonly status?: number; readonly when?: Stage }
  /** The connection is closed without a reply. @default after: the effect has happened */
  | { readonly kind: 'closed'; readonly when?: Stage }
  /** Waits for a promise that the test holds; no timers. @default after */
  | { readonly kind: 'slow'; readonly until: () => Promise<unknown>; readonly when?: Stage }
  /** A stop is answered with STOPPING and has no effect. */
  | { readonly kind: 'ignoredStop' }
  /** A stop leads to STOPPING and stays there until the next stop. */
  | { readonly kind: 'stuckStop' }
  /** The items of the page in reverse order. */
  | { readonly kind: 'reversedPage' }
  /** The items of the page in random order. */
  | { readonly kind: 'shuffledPage' }
  /** Every item of the page twice. */
  | { readonly kind: 'duplicatedItems' }
  /** The page names the token that it was asked with, so that a listing of several pages never ends. */
  | { readonly kind: 'repeatedToken' }
  /** Members missing from every item of the reply. */
  | { readonly kind: 'missingMembers'; readonly members: readonly string[] }
  /** The reply is `{}`. */
  | { readonly kind: 'emptyReply' }
  /** The reply is whatever the function makes of it. */
  | { readonly kind: 'rewritten'; readonly rewrite: (body: JsonObject) => JsonObject };

export type Fault = FaultKind & {
  /** Name of an operation, or `*`. */
  readonly operation: string;
  /** The request's `arn` or `projectArn` must be this, or the function true. @default every request */
  readonly match?: string | ((request: RequestRecord) => boolean);
  /** How many requests it strikes. @default Infinity */
  readonly times?: number;
};

/** A fault in force; `remove` ends it. */
export interface ActiveFault {
  /** How many requests it has struck. */
  readonly struck: number;
  remove(): void;
}

interface Entry {
  readonly fault: Fault;
  struck: number;
}

/** The faults in force. Each request is struck by all that match it, in the order in which they were added. */
export class Faults {
  #entries: Entry[] = [];

  add(fault: Fault): ActiveFault {
    const entry: Entry = { fault, struck: 0 };
    this.#entries.push(entry);
    return {
      get struck() {
        return entry.struck;
      },
      remove: () => {
        this.#entries = this.#entries.filter((other) => other !== entry);
      },
    };
  }

  clear(): void {
    this.#entries = [];
  }

  /** The faults that strike this request; each is used up by one. */
  strike(request: RequestRecord): FaultKind[] {
    const hits = this.#entries.filter((entry) => strikes(entry, request));
    for (const entry of hits) entry.struck += 1;
    return hits.map((entry) => entry.fault);
  }
}

function strikes({ fault, struck }: Entry, request: RequestRecord): boolean {
  if (struck >= (fault.times ?? Number.POSITIVE_INFINITY)) return false;
  if (fault.operation !== '*' && fault.operation !== request.operation) return false;
  if (fault.match === undefined) return true;
  if (typeof fault.match === 'function') return fault.match(request);
  const { arn, projectArn, ResourceARN } = request.input;
  return [arn, projectArn, ResourceARN].includes(fault.match);
}
