import pMap from 'p-map';
import { findingOfTags, findingOfUnreadable, type TagFinding } from '../../core/steering/exempt-tag.ts';
import type { Protection } from '../../core/steering/protection.ts';
import type { Invocation, Tags } from '../../ports.ts';
import { LAST_CALL } from '../isolated.ts';
import type { Problems } from '../problems.ts';

const READS_AT_ONCE = 8;
const GONE = { name: 'NotFoundException', message: 'it does not exist', kind: 'notFound' } as const;
const OUT_OF_TIME = { name: 'OutOfTime', message: 'no time was left to read them', kind: 'other' } as const;

/** What is protected by the tags of runs and projects. Each is read once, however often it is asked for. */
export class TagReader {
  readonly #tags: Tags;
  readonly #invocation: Invocation;
  readonly #problems: Problems;
  readonly #read = new Map<string, TagFinding>();

  constructor(tags: Tags, invocation: Invocation, problems: Problems) {
    this.#tags = tags;
    this.#invocation = invocation;
    this.#problems = problems;
  }

  /** Reads those of `arns` that have not been read; `false` when there was none. */
  async read(arns: readonly string[]): Promise<boolean> {
    const unread = [...new Set(arns)].filter((arn) => !this.#read.has(arn));
    await pMap(unread, (arn) => this.#readOne(arn), { concurrency: READS_AT_ONCE });
    return unread.length > 0;
  }

  /** What the tags that have been read protect. */
  get protections(): readonly Protection[] {
    return [...this.#read.values()].flatMap(({ protection }) => (protection ? [protection] : []));
  }

  async #readOne(arn: string): Promise<void> {
    const finding = await this.#ask(arn);
    this.#read.set(arn, finding);
    if (finding.problem !== undefined) this.#problems.add(finding.problem);
  }

  async #ask(arn: string): Promise<TagFinding> {
    if (this.#invocation.msLeft() < LAST_CALL) return this.#unreadable(arn, OUT_OF_TIME);
    const reading = await this.#tags.of(arn);
    if (reading.state === 'found') return findingOfTags(arn, reading.value, this.#invocation.now);
    return this.#unreadable(arn, reading.state === 'gone' ? GONE : reading.error);
  }

  #unreadable(arn: string, error: Parameters<typeof findingOfUnreadable>[1]): TagFinding {
    this.#problems.blind = true;
    if (error.kind === 'accessDenied') this.#problems.accessDenied += 1;
    return findingOfUnreadable(arn, error);
  }
}
