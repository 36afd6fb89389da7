import { Diagnostics } from '../lambda/diagnostics.ts';
import type { Action } from '../lambda/orders/meaning.ts';
import { ORDER, type OrderTarget } from '../lambda/orders/memory.ts';
import { GUARD, ids, messageIdOf } from '../lambda/store/ids.ts';
import { MINUTE, SECOND } from '../lambda/time.ts';
import type { Readers } from '../lambda/wiring.ts';
import type { ExitCode } from './command.ts';
import { type DeployedStack, readersOf } from './stack.ts';
import { inOneLine } from './table.ts';
import type { Terminal } from './terminal.ts';

/** Between two looks. */
const PAUSE = SECOND;
const PATIENCE = MINUTE;
/** Clocks of this machine and of AWS may differ by so much. */
const APART = 5 * MINUTE;

const KINDS = {
  stopped: 'stopped',
  observed: 'would have stopped, as the policy observes',
  nothing: 'nothing to stop',
  exempt: 'kept by an exemption',
  left: 'left alone',
} as const;

interface Order {
  readonly action: Action;
  /** The id of its message. */
  readonly id: string;
  readonly sentAt: number;
}

interface Outcome {
  readonly isDone: boolean;
  readonly lines: readonly string[];
}

/** Waits until AutoStop has dealt with an order, and tells what it did. 0: it is done; 1: refused, or not done within a minute. */
export async function tellOutcome(stack: DeployedStack, order: Order, terminal: Terminal): Promise<ExitCode> {
  const readers = readersOf(stack);
  if (terminal.watched) terminal.err(`message ${order.id} is sent; waiting for its outcome...\n`);
  const end = terminal.now() + PATIENCE;
  for (;;) {
    const outcome = await look(readers, order);
    if (outcome) {
      terminal.out(outcome.lines.map((line) => `${inOneLine(line)}\n`).join(''));
      return outcome.isDone ? 0 : 1;
    }
    if (terminal.now() >= end) break;
    await terminal.sleep(PAUSE);
  }
  terminal.out(
    `not done yet: message ${order.id} waits, or part of it does. AutoStop tries again every 5 minutes for 27 hours, and answers by mail.\n`,
  );
  return 1;
}

async function look(readers: Readers, { action, id, sentAt }: Order): Promise<Outcome | undefined> {
  const { audit, state } = readers;
  const diagnostics = new Diagnostics({ failFast: true });
  const [refused] = await audit.of(
    GUARD,
    ids.order('CommandRejected', id),
    diagnostics.note.bind(diagnostics),
  );
  if (refused) return { isDone: false, lines: [`refused: ${refused.reason}`] };
  if (action === 'stop') {
    const stored = await state.read(ORDER, id);
    if (!stored?.value.done) return undefined;
    // A run that was ordered to be stopped stands among its jobs, and is none of them.
    const targets = Object.values(stored.value.targets).filter(({ target }) => target.kind !== 'run');
    return { isDone: true, lines: [`done: ${summary(targets)}`, ...targets.map(lineOf)] };
  }
  const records = await audit.controlsSince(sentAt - APART, diagnostics.note.bind(diagnostics));
  const own = records.find((record) => messageIdOf(record) === id);
  return own && { isDone: true, lines: [`done: ${own.reason}`] };
}

function summary(targets: readonly OrderTarget[]): string {
  const stopped = targets.filter(({ settled }) => settled?.kind === 'stopped').length;
  return targets.length === 0 ? 'nothing was in flight' : `${stopped} of ${targets.length} stopped`;
}

function lineOf({ target: { arn, run, device, project }, settled }: OrderTarget): string {
  const names = [project?.name, run?.name, device].filter(Boolean).join(' / ');
  const what = settled ? `${KINDS[settled.kind]}: ${settled.reason}` : 'no outcome is on record';
  return `  ${names || arn}: ${what}`;
}
