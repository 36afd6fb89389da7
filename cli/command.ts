import type { Terminal } from './terminal.ts';

/** 0: fine, or nothing to stop. 1: failure. 2: something would be stopped. */
export type ExitCode = 0 | 1 | 2;

/** One option of a command. */
export interface Option {
  /** Name of its value in the help; absent for an option that takes none. */
  readonly value?: string;
  readonly help: string;
}

/** What a command takes, and what its help says. */
export interface CommandSpec {
  /** As it is typed: one or two words. */
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** What stands after the name in the usage line. */
  readonly usage: string;
  /** Paragraphs of the command's own help. */
  readonly about: readonly string[];
  /** Names of the values that must stand after the command's name. */
  readonly operands: readonly string[];
  readonly options: Readonly<Record<string, Option>>;
}

/** What was typed after the command's name. */
export interface Arguments {
  /** Options that take a value. */
  readonly values: ReadonlyMap<string, string>;
  /** Options that take none. */
  readonly flags: ReadonlySet<string>;
  readonly operands: readonly string[];
}

/** Carries a command out. Throws what `explainFailure` can put into words. */
export type RunCommand = (given: Arguments, terminal: Terminal) => Promise<ExitCode>;
