import pMap from 'p-map';
import { parseArn } from '../arn.ts';
import type { StopTarget } from '../model.ts';
import { harmless } from '../notify/lines.ts';
import { tellOnce } from '../notify/notifications.ts';
import type { Notification } from '../notify/topic.ts';
import { type Exemption, exemptibleBy } from '../policy/exemption.ts';
import type { ItemKind } from '../store/state.ts';
import { isRecord, plainName, quote } from '../text.ts';
import { DAY, HOUR, INSTANT_HELP, iso, parseInstant } from '../time.ts';
import type { Invocation, Readers, Services } from '../wiring.ts';

/**
 * Key of the tag by which a run or project is exempt; its value is the end. Jobs and sessions cannot be tagged
 * (https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsdevicefarm.html).
 */
export const EXEMPT_TAG = 'autostop:exempt-until';
/** Key of the tag by which a run or project names who is told of its work. */
export const OWNER_TAG = 'autostop:owner';

const READS_AT_ONCE = 8;
/** Milliseconds that a value protects that cannot be read: somebody meant something by it. */
const UNREADABLE_PROTECTS = DAY;

/** When a tag was first and last seen on a run or project, whatever its values were. */
interface Sight {
  readonly first: number;
  readonly last: number;
}

/**
 * By ARN, in a partition of its own: only a sweep that meets a tag reads it. A tag that was not seen for longer than this counts
 * as a new one.
 */
export const SIGHT: ItemKind<Sight> = {
  prefix: 'tag',
  partition: 'tag',
  days: 31,
  parse(value) {
    if (!isRecord(value) || typeof value.first !== 'number' || typeof value.last !== 'number')
      return undefined;
    return { first: value.first, last: value.last };
  },
};

/**
 * What is exempt by the tags of runs and projects, and who owns it. Each is read once an invocation, however often it is asked for. A
 * plan has no topic and tells nothing.
 */
export class ExemptionTags {
  readonly #readers: Pick<Readers, 'farm' | 'state'> & Partial<Pick<Services, 'topic'>>;
  readonly #invocation: Invocation;
  readonly #write: boolean;
  readonly #found = new Map<string, Exemption | undefined>();
  /** Names of projects by ARN. */
  readonly #names = new Map<string, string>();
  readonly #owners = new Map<string, string>();
  #sights: Promise<ReadonlyMap<string, Sight> | undefined> | undefined;

  constructor(
    readers: Pick<Readers, 'farm' | 'state'> & Partial<Pick<Services, 'topic'>>,
    invocation: Invocation,
    { write }: { readonly write: boolean },
  ) {
    this.#readers = readers;
    this.#invocation = invocation;
    this.#write = write;
  }

  /** Reads the tags by which some work could be exempt; `false`: all were read before, or tags protect nothing. */
  async read(work: readonly Pick<StopTarget, 'arn' | 'project'>[]): Promise<boolean> {
    if (this.#invocation.policy.tagExemption.maxDays === 0) return false;
    const arns = new Set(work.flatMap(({ arn }) => exemptibleBy(arn)));
    for (const { project } of work) if (project) this.#names.set(project.arn, project.name);
    const unread = [...arns].filter((arn) => isTaggable(arn) && !this.#found.has(arn));
    await pMap(unread, async (arn) => this.#found.set(arn, await this.#exemption(arn)), {
      concurrency: READS_AT_ONCE,
    });
    return unread.length > 0;
  }

  /** What the tags that have been read protect. */
  get exemptions(): readonly Exemption[] {
    return [...this.#found.values()].filter((one) => one !== undefined);
  }

  /** The work with its owner, if only a tag that has been read names one: that of its run, else that of its project. */
  owned<T extends Pick<StopTarget, 'arn' | 'owner'>>(work: T): T {
    if (work.owner || this.#owners.size === 0) return work;
    const owner = exemptibleBy(work.arn)
      .map((arn) => this.#owners.get(arn))
      .find((one) => one !== undefined);
    return owner === undefined ? work : { ...work, owner };
  }

  /** What the tag of a run or project protects; `undefined`: it has none, or one that has ended. */
  async #exemption(arn: string): Promise<Exemption | undefined> {
    const { now, diagnostics } = this.#invocation;
    const reading = await this.#readers.farm.tags(arn);
    if (reading.state === 'found') {
      const tag = (key: string) => (Object.hasOwn(reading.value, key) ? reading.value[key] : undefined);
      const [value, owner] = [tag(EXEMPT_TAG), plainName(tag(OWNER_TAG))];
      if (owner !== undefined) this.#owners.set(arn, owner);
      return value === undefined ? undefined : this.#ofValue(arn, value);
    }
    const what = `tags of ${arn} could not be read; its work is kept`;
    const error =
      reading.state === 'gone'
        ? { name: 'NotFoundException', message: 'it does not exist', kind: 'notFound' as const }
        : reading.error;
    diagnostics.refused(what, error, { hides: true });
    // Unknown is no reason to stop. The next invocation reads them again.
    return { id: 'tag', target: arn, until: now + HOUR, why: `caution: ${what}` };
  }

  async #ofValue(arn: string, value: string): Promise<Exemption | undefined> {
    const { now, policy, diagnostics } = this.#invocation;
    const wanted = parseInstant(value.trim());
    const sights = await this.#knownSights();
    const known = sights?.get(arn);
    if (!known && wanted !== undefined && wanted <= now) return undefined;
    // Another value starts no new first sight.
    const first = known?.first ?? now;
    const most = first + policy.tagExemption.maxDays * DAY;
    const until = Math.min(most, wanted ?? first + UNREADABLE_PROTECTS);
    const tag = `tag ${EXEMPT_TAG} of ${arn}`;
    const fault = wanted === undefined ? `${tag} is ${quote(value)}; write ${INSTANT_HELP}` : undefined;
    if (fault !== undefined) diagnostics.note(fault);
    if (sights && until > now && (!known || fault !== undefined)) {
      const text = [
        `${fault ?? `${tag} is ${harmless(value.trim())}`}. Its work is exempt until ${iso(until)}.`,
        `A tag protects at most ${policy.tagExemption.maxDays} days from its first sight (tagExemption.maxDays); it was first seen at ${iso(first)}.`,
        `End it at once: aws devicefarm untag-resource --region us-west-2 --resource-arn ${arn} --tag-keys ${EXEMPT_TAG}`,
      ].join('\n');
      const subject = fault === undefined ? 'a tag exempts work' : 'a tag that cannot be read exempts work';
      await this.#tell(`tag#${arn}#${first}#${fault === undefined ? 'end' : 'fault'}`, {
        subject,
        text,
        projects: [this.#names.get(parseArn(arn)?.projectArn ?? '') ?? ''],
      });
    }
    if (sights) await this.#remember(arn, known, first);
    return until > now
      ? { id: 'tag', target: arn, until, why: `${fault ?? tag} until ${iso(until)}` }
      : undefined;
  }

  /** When tags were first seen; where nobody can tell, they count as new. */
  #knownSights(): Promise<ReadonlyMap<string, Sight> | undefined> {
    const reading = () =>
      this.#readers.state
        .readAll(SIGHT)
        .then((all) => new Map([...all].map(([arn, { value }]) => [arn, value] as const)));
    this.#sights ??= this.#invocation.diagnostics.during(
      'when tags were first seen could not be read; they count as new',
      reading(),
      undefined,
    );
    return this.#sights;
  }

  async #remember(arn: string, known: Sight | undefined, first: number): Promise<void> {
    const { now, diagnostics } = this.#invocation;
    if (!this.#write || (known && now - known.last < DAY)) return;
    await diagnostics.during(
      `that ${arn} has a tag could not be remembered`,
      this.#readers.state.put(SIGHT, arn, { first, last: now }),
      undefined,
    );
  }

  async #tell(key: string, notification: Notification): Promise<void> {
    const { topic, state } = this.#readers;
    if (this.#write && topic) await tellOnce({ topic, state }, key, notification, this.#invocation);
  }
}

function isTaggable(arn: string): boolean {
  const kind = parseArn(arn)?.kind;
  return kind === 'run' || kind === 'project';
}
