import assert from 'node:assert/strict';
import type { RequestRecord } from '../../emulator/protocol.ts';
import { AUDIT_TABLE, type TableCall, textIn } from './table-service.ts';

/** What happened, in its order: audit records that reached the table, and stops that reached Device Farm. */
export type Entry =
  | {
      readonly kind: 'record';
      readonly subject: string;
      readonly event: string;
      readonly reason: string;
      /** The record was there before. */
      readonly existed: boolean;
    }
  | { readonly kind: 'stop'; readonly arn: string; readonly request: RequestRecord };

const STOPS = ['StopJob', 'StopRun', 'StopRemoteAccessSession'];
const OUTCOMES = ['StopAccepted', 'StopFailed', 'StopSkipped'];

/** The order of intents, effects and outcomes, across both services. */
export class Journal {
  readonly entries: Entry[] = [];

  noteRequest(request: RequestRecord): void {
    if (!STOPS.includes(request.operation)) return;
    this.entries.push({ kind: 'stop', arn: String(request.input.arn), request });
  }

  noteTableCall(call: TableCall): void {
    if (call.table !== AUDIT_TABLE || call.operation !== 'PutItem') return;
    const [subject, event, reason] = [textIn(call, 'subject'), textIn(call, 'event'), textIn(call, 'reason')];
    const { reached } = call;
    if (subject === undefined || event === undefined || reason === undefined || !reached) return;
    this.entries.push({ kind: 'record', subject, event, reason, existed: reached !== 200 });
  }

  /** Stop requests that Device Farm received for that ARN, throttled ones left out. */
  requestsFor(arn: string): readonly RequestRecord[] {
    return this.stops()
      .filter((stop) => stop.arn === arn && stop.request.errorName !== 'ThrottlingException')
      .map(({ request }) => request);
  }

  stops(): readonly Extract<Entry, { kind: 'stop' }>[] {
    return this.entries.filter((entry) => entry.kind === 'stop');
  }

  /**
   * Before every stop that Device Farm received, its intent with a reason was in the audit trail; after it came an outcome.
   * And no work was stopped twice with effect.
   */
  expectStopsExplained(): void {
    this.entries.forEach((entry, index) => {
      if (entry.kind !== 'stop') return;
      const of = (entries: readonly Entry[], events: readonly string[]) =>
        entries.find(
          (one) => one.kind === 'record' && one.subject === entry.arn && events.includes(one.event),
        );
      const intent = of(this.entries.slice(0, index), ['StopRequested']);
      assert(intent?.kind === 'record', `there is no intent before the stop of ${entry.arn}`);
      assert.match(intent.reason, /\S.{9,}/, `the intent of the stop of ${entry.arn} has no reason`);
      const outcome = of(this.entries.slice(index + 1), OUTCOMES);
      assert(outcome, `there is no outcome after the stop of ${entry.arn}`);
    });
    const changed = this.stops().flatMap(({ arn, request }) => (request.changed ? [arn] : []));
    assert.deepEqual(changed, [...new Set(changed)], 'work was stopped twice');
  }
}
