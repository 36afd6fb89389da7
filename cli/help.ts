import type { CommandSpec } from './command.ts';
import { table } from './table.ts';
import { wrapText } from './wrap-text.ts';

/** What `autostop --help` says. */
export function generalHelp(commands: readonly CommandSpec[], width: number): string {
  const rows = commands.map(({ name, usage, summary }) => [`autostop ${name} ${usage}`.trim(), summary]);
  return [
    'autostop: the auto-stop controller for AWS Device Farm, from a terminal.\n\n',
    ...rows.map(([usage = '', summary = '']) => `  ${usage}\n      ${summary}\n`),
    '\n"autostop <command> --help" explains a command; "autostop --version" tells the version.\n',
    ...paragraph(
      'Calls are made with your own AWS credentials. The region of Device Farm is always us-west-2; that of the tables comes from AWS_REGION, that of a topic from its ARN.',
      width,
    ),
    'Exit codes: 0 fine, or nothing to stop; 2 something would be stopped; 1 failure.\n',
  ].join('');
}

/** What `autostop <command> --help` says. */
export function commandHelp({ name, usage, about, options }: CommandSpec, width: number): string {
  const rows = Object.entries(options).map(([option, { value, help }]) => [
    `--${option}${value ? ` <${value}>` : ''}`,
    help,
  ]);
  return [
    `Usage: autostop ${`${name} ${usage}`.trim()}\n`,
    ...about.flatMap((text) => ['\n', ...paragraph(text, width)]),
    ...(rows.length > 0 ? ['\n', table([{ head: 'OPTION' }, { head: 'MEANING' }], rows, width)] : []),
  ].join('');
}

function paragraph(text: string, width: number): readonly string[] {
  return wrapText(text, width).map((line) => `${line}\n`);
}
