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
 * Whether the caller means an order that is about a whole project or all stops. Anything narrower needs no question, and the account
 * has its id for an answer.
 * @throws UsageError where nobody can be asked
 */
export async function isMeant({ action, target, stack }: Order, terminal: Terminal): Promise<boolean> {
  const isProject = parseArn(target ?? '')?.kind === 'project';
  if (action !== 'pause' && !isProject) return true;
  const what = isProject
    ? `${action} names the whole project ${target}`
    : 'pause holds all stops by rules and AWS messages';
  if (!terminal.canAsk) throw new UsageError(`nothing is sent: ${what}; add --yes if that is meant`);
  terminal.err(`${inOneLine(`${what}. ${await inFlight(stack, isProject ? target : undefined)}`)}.\n`);
  const answer = await terminal.ask('Type yes to go on: ');
  if (answer.trim() === 'yes') return true;
  terminal.err('Nothing was sent.\n');
  return false;
}

/** What the last sweep saw in flight, of a project or of the account. */
async function inFlight(stack: DeployedStack | undefined, project: string | undefined): Promise<string> {
  if (!stack) return 'How much is in flight is not known here';
  const snapshot = await readersOf(stack).state.load();
  const found = runsInFlight(snapshot).filter(
    ({ projectArn }) => project === undefined || projectArn === project,
  );
  const runs = found.filter(({ runArn }) => runArn !== undefined).length;
  const name = project && snapshot.get(PROJECT, project)?.value.project.name;
  const where = project === undefined ? 'the account' : name === undefined ? 'it' : `project ${quote(name)}`;
  return `The last sweep saw ${plural(runs, 'run')} and ${plural(found.length - runs, 'session')} of ${where} in flight`;
}
