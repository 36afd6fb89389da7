import { DEVICE_FARM_REGION } from '../lambda/arn.ts';
import type { DeviceFarm } from '../lambda/device-farm/device-farm.ts';
import { type Project, phaseOf, type Run } from '../lambda/model.ts';
import { quote } from '../lambda/text.ts';
import { HOUR, iso } from '../lambda/time.ts';
import { LIFETIME_HOURS } from '../lambda/usage/settle.ts';
import { closest, UsageError } from './command.ts';
import { runsSince } from './history.ts';

/** Names that a refusal shows. */
const SHOWN = 10;

/** Where a name is looked up. */
interface Around {
  readonly farm: Pick<DeviceFarm, 'projects' | 'runs'>;
  readonly account: string;
  readonly now: number;
}

/**
 * The ARN of what is typed: an ARN as it is, the address of a page in the console, or a name. `account` stays.
 * @throws UsageError when no project or run in flight has that name, or more than one
 */
export async function targetOf(typed: string, around: Around): Promise<string> {
  if (typed === 'account' || typed.startsWith('arn:')) return typed;
  if (typed.startsWith('https:')) return ofPage(typed, around.account) ?? typed;
  return ofName(typed, around);
}

/** The pages are those of https://docs.aws.amazon.com/devicefarm/latest/developerguide/how-to-create-test-run.html. */
function ofPage(text: string, account: string): string | undefined {
  const [, project, kind, id] =
    /^https:\/\/[a-z0-9.-]*console\.aws\.amazon\.com\/devicefarm\/.*#\/mobile\/projects\/([\w-]+)(?:\/(runs|sessions)\/([\w-]+))?/.exec(
      text,
    ) ?? [];
  if (project === undefined) return undefined;
  const prefix = `arn:aws:devicefarm:${DEVICE_FARM_REGION}:${account}`;
  if (kind === undefined) return `${prefix}:project:${project}`;
  return kind === 'runs' ? `${prefix}:run:${project}/${id}` : `${prefix}:session:${project}/${id}/00000`;
}

/** Names may hold a slash: every reading of the text counts. */
async function ofName(typed: string, { farm, now }: Around): Promise<string> {
  const projects: Project[] = [];
  for await (const page of farm.projects()) projects.push(...page);
  const meant: (Project | Run)[] = projects.filter(({ name }) => name === typed);
  const holders = projects.filter(({ name }) => typed.startsWith(`${name}/`));
  const inFlight: Run[] = [];
  for (const project of holders) {
    const runs = await runsSince(farm, project, now - LIFETIME_HOURS * HOUR);
    const open = runs.filter(({ status }) => phaseOf(status) !== 'completed');
    inFlight.push(...open);
    meant.push(...open.filter(({ name }) => `${project.name}/${name}` === typed));
  }
  const [one, ...more] = meant;
  if (one && more.length === 0) return one.arn;
  if (one)
    throw new UsageError(
      `${quote(typed)} names ${meant.length}: ${listOf(meant.map(described))}; write the ARN of one`,
    );
  const [holder] = holders;
  if (!holder) throw unknown('no project is named', typed.split('/')[0] ?? '', projects);
  const run = typed.slice(holder.name.length + 1);
  throw unknown(`project ${quote(holder.name)} has no run in flight named`, run, inFlight);
}

function described(one: Project | Run): string {
  return 'created' in one && one.created !== undefined ? `${one.arn} (created ${iso(one.created)})` : one.arn;
}

function unknown(what: string, typed: string, known: readonly { readonly name: string }[]): UsageError {
  const names = [...new Set(known.map(({ name }) => name))];
  const meant = closest(typed, names);
  const hint = meant === undefined ? '' : `, did you mean ${quote(meant)}?`;
  const all = names.length === 0 ? 'there is none' : `there are ${listOf(names.map(quote))}`;
  return new UsageError(`${what} ${quote(typed)}${hint}; ${all}`);
}

function listOf(texts: readonly string[]): string {
  const more = texts.length - SHOWN;
  return `${texts.slice(0, SHOWN).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
