import { printTable } from '../print-table.ts';
import { holds, isBetter, type Measure, type Other, shareOf } from './compare.ts';
import type { DayResult, Watcher } from './day-result.ts';
import { explainDay } from './explain-day.ts';
import type { Figures } from './figures.ts';
import type { Watching } from './policy-of-day.ts';

const OTHERS: readonly Other[] = ['listingOrder', 'stopAll'];
const NAMES: Readonly<Record<Other, string>> = { listingOrder: 'listing order', stopAll: 'stop-all' };
const WATCHERS: readonly { readonly watcher: Watcher; readonly name: string }[] = [
  { watcher: 'nobody', name: 'nobody' },
  { watcher: 'guard', name: 'this guard' },
  { watcher: 'listingOrder', name: 'listing order' },
  { watcher: 'stopAll', name: 'stop-all' },
];

const COLUMNS: readonly {
  readonly title: string;
  readonly of: (figures: Figures, alone: Figures) => number;
}[] = [
  { title: 'billed $', of: ({ billed }) => billed },
  { title: 'saved $', of: ({ billed }, alone) => alone.billed - billed },
  { title: 'beyond budget $', of: ({ beyond }) => beyond },
  { title: 'on killed work $', of: ({ cutShort }) => cutShort },
  { title: 'on hanging work $', of: ({ hung }) => hung },
  { title: 'with reruns $', of: ({ withReruns }) => withReruns },
  { title: 'passing tests killed', of: ({ killed }) => killed },
  { title: 'cancelled in the queue', of: ({ cancelled }) => cancelled },
];

const MEASURES: readonly { readonly by: Measure; readonly text: string }[] = [
  { by: 'billed', text: 'money billed' },
  { by: 'beyond', text: 'money beyond the budget' },
  { by: 'withReruns', text: 'money billed, and again for what was stopped and has to run again' },
];

const NOTES = [
  'Every day is lived four times, with the same work. All three look every ten minutes, at the same figures of the guard (the scripts',
  'by its own code, without its memory), stop what runs longer than 45 minutes, and keep the rates of the service and the same cap',
  'of stops an hour. Above the budget, listing order stops metered work as the listings show it, queued or started, until the figure',
  'is under its limit; stop-all stops everything in flight. All money is what the emulator bills. A killed test is one that had started',
  'and would have passed; a session in use counts as a test. Hanging work would have run into its timeout.',
];

const HEADINGS: Readonly<Record<Watching, string>> = {
  spent: 'a daily budget that stops all metered work above 100 % of what is spent',
  committed:
    'the same, and queued work from 100 % of what is committed on (the guard may stop only queued work for it, and the scripts started work too)',
};

/** Prints what the days came to: a table for each way of watching, the shares, and the days that are different. */
export function reportDays(days: readonly DayResult[]): void {
  console.log('\nDays of seeded work: what stopping in this order saves, and what it costs');
  for (const note of NOTES) console.log(`  ${note}`);
  for (const watching of ['spent', 'committed'] as const) {
    const own = days.filter((day) => day.watching === watching);
    if (own.length > 0) reportWatching(watching, own);
  }
}

function reportWatching(watching: Watching, days: readonly DayResult[]): void {
  printTable(`${days.length} days: ${HEADINGS[watching]}. Sums`, tableOf(days, sum));
  printTable('Medians over the days', tableOf(days, median));
  printTable('Days in which the guard saves at least as much, to the cent, and kills no more passing tests', [
    ['saved is measured in', ...OTHERS.flatMap((other) => [`against ${NAMES[other]}`, 'of it better'])],
    ...MEASURES.map(({ by, text }) => [text, ...OTHERS.flatMap((other) => shares(days, other, by))]),
  ]);
  if (watching === 'spent') listOtherDays(days);
}

function tableOf(days: readonly DayResult[], over: (values: readonly number[]) => number) {
  const row = (watcher: Watcher) =>
    COLUMNS.map(({ of }) => format(over(days.map(({ figures }) => of(figures[watcher], figures.nobody)))));
  return [
    ['stopped by', ...COLUMNS.map(({ title }) => title)],
    ...WATCHERS.map(({ watcher, name }) => [name, ...row(watcher)]),
  ];
}

/** Two shares, as it holds also where nothing differs: in how many days it does, and in how many the guard is better. */
function shares(days: readonly DayResult[], other: Other, by: Measure): readonly string[] {
  return [percent(shareOf(days, other, by)), percent(shareOf(days, other, by, isBetter))];
}

function listOtherDays(days: readonly DayResult[]): void {
  const others = days.flatMap((day) =>
    OTHERS.filter((other) => !holds(day, other, 'billed')).map((other) => explainDay(day, other)),
  );
  console.log(`\nThe other days, by money billed: ${others.length === 0 ? 'none' : ''}`);
  for (const line of others) console.log(`  ${line}`);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const [low = 0, high = low] = [
    sorted[Math.floor((sorted.length - 1) / 2)],
    sorted[Math.floor(sorted.length / 2)],
  ];
  return (low + high) / 2;
}

function format(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(2);
}

/** Rounded down, so that no share looks better than it is. */
function percent(share: number): string {
  return `${(Math.floor(share * 1000) / 10).toFixed(1)} %`;
}
