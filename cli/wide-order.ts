import { parseArn } from '../lambda/arn.ts';
import type { Action } from '../lambda/orders/meaning.ts';
import { PROJECT, runsInFlight } from '../lambda/sweep/project-memory.ts';
import { quote } from '../lambda/text.ts';
import { UsageError } from './command.ts';
import { plural } from './plan-text.ts';
import { type DeployedStack, readersOf } from './stack.ts';
import { inOneLine } from './table.ts';
import type { Terminal } from './terminal.ts';

/** An order, as far as it matters for how much it is about. */
interface Order {
  readonly action: Action;
  readonly target: string | undefined;
  /** Where its topic is named and no stack is, nothing is known of what is in flight. */
  readonly stack: DeployedStack | undefined;
}

/**
 * Whether the caller means an order that is about a whole project. Anything narrower needs no question, the account has its id for an
 * answer, and a pause must not wait for one: it stops nothing, and ends by itself.
 * @throws UsageError where nobody can be asked
 */
export async function isMeant({ action, target, stack }: Order, terminal: Terminal): Promise<boolean> {
  if (target === undefined || parseArn(target)?.kind !== 'project') return true;
  const what = `${action} names the whole project ${target}`;
  if (!terminal.canAsk) throw new UsageError(`nothing is sent: ${what}; add --yes if that is meant`);
  terminal.err(`${inOneLine(`${what}. ${await inFlight(stack, target)}`)}.\n`);
  const answer = await terminal.ask('Type yes to go on: ');
  if (answer.trim() === 'yes') return true;
  terminal.err('Nothing was sent.\n');
  return false;
}

/** What the last sweep saw in flight of a project. */
async function inFlight(stack: DeployedStack | undefined, project: string): Promise<string> {
  if (!stack) return 'How much is in flight is not known here';
  const snapshot = await readersOf(stack).state.load();
  const found = runsInFlight(snapshot).filter(({ projectArn }) => projectArn === project);
  const runs = found.filter(({ runArn }) => runArn !== undefined).length;
  const name = snapshot.get(PROJECT, project)?.value.project.name;
  const where = name === undefined ? 'it' : `project ${quote(name)}`;
  return `The last sweep saw ${plural(runs, 'run')} and ${plural(found.length - runs, 'session')} of ${where} in flight`;
}
