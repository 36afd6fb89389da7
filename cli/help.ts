import type { CommandSpec } from './command.ts';
import { wrapText } from './table.ts';

/** What `autostop --help` says. */
export function generalHelp(commands: readonly CommandSpec[], width: number): string {
  return [
    'autostop: AutoStop for AWS Device Farm, from a terminal.\n\n',
    ...commands.map(
      ({ name, usage, summary }) => `  ${`autostop ${name} ${usage}`.trim()}\n      ${summary}\n`,
    ),
    '\n"autostop help <command>" explains a command; "autostop --version" prints the version.\n',
    ...paragraph(
      'Calls are made with your own AWS credentials. Device Farm is asked in us-west-2, the tables in AWS_REGION, a topic in the region of its ARN.',
      width,
    ),
    'Exit codes: 0 fine; 1 failure; 2 what was typed cannot be carried out.\n',
  ].join('');
}

/** What `autostop <command> --help` says. */
export function commandHelp({ name, usage, about, options }: CommandSpec, width: number): string {
  const entries = Object.entries(options).flatMap(([option, { value, help }]) => [
    `  --${option}${value ? ` <${value}>` : ''}\n`,
    ...paragraph(help, width - 6).map((line) => `      ${line}`),
  ]);
  return [
    ...paragraph(`Usage: autostop ${`${name} ${usage}`.trim()}`, width),
    ...about.flatMap((text) => ['\n', ...paragraph(text, width)]),
    ...(entries.length > 0 ? ['\nOptions\n', ...entries] : []),
  ].join('');
}

function paragraph(text: string, width: number): readonly string[] {
  return wrapText(text, width).map((line) => `${line}\n`);
}
