import { formatMinutes, formatUsd } from '../lambda/money.ts';
import type { Report, Spent } from './month-report.ts';

/**
 * A report as one page that needs nothing else: no script, no font, no picture. Bars say by their length what the figure beside them says, so
 * that colour carries no meaning; it is readable in dark, in light and on paper.
 */
export function reportPage({
  month,
  total,
  byProject,
  byRun,
  byTestType,
  rules,
  silent,
  savings,
}: Report): string {
  const ruleRows = rules.map(
    ({ rule, stops, atMost, likely, wouldStop, falsePositives }) =>
      `<tr><th scope="row">${escaped(rule)}</th>${[stops, formatUsd(atMost), formatUsd(likely), wouldStop, falsePositives].map(number).join('')}</tr>`,
  );
  const heads = ['Rule', 'Stops', 'Saved at most', 'Likely', 'Would stop', 'False positives'];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Device Farm in ${escaped(month)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>Device Farm in ${escaped(month)}</h1>
<p class="lead"><strong>${formatUsd(total.money)}</strong> for ${formatMinutes(total.metered)} metered, and ${formatMinutes(total.unmetered)} unmetered, in ${total.count} runs and sessions that have ended. AutoStop avoided at most ${formatUsd(savings.atMost.money)}, likely ${formatUsd(savings.likely.money)}.</p>
${chart('By project', byProject)}
${chart('By name of the runs', byRun)}
${chart('By test type', byTestType)}
<section>
<h2>Rules</h2>
${
  rules.length === 0
    ? '<p>No rule stopped anything.</p>'
    : `<div class="wide"><table><thead><tr>${heads.map((head) => `<th scope="col">${head}</th>`).join('')}</tr></thead><tbody>${ruleRows.join('')}</tbody></table></div>`
}
${silent.length > 0 ? `<p>Rules that never fired: ${silent.map(escaped).join(', ')}</p>` : ''}
</section>
<footer>UTC days. Work in flight is not counted yet. Minutes are device minutes, as Device Farm bills them.</footer>
</main>
</body>
</html>
`;
}

function chart(title: string, lines: readonly Spent[]): string {
  const most = Math.max(...lines.map(weight), Number.MIN_VALUE);
  const rows = lines.map((line) => {
    const width = ((weight(line) / most) * 100).toFixed(1);
    const figures = `${formatUsd(line.money)} · ${formatMinutes(line.metered + line.unmetered)} · ${line.count}`;
    return `<li><span class="name">${escaped(line.name)}</span><span class="figures">${figures}</span><span class="bar" aria-hidden="true"><span style="width:${width}%"></span></span></li>`;
  });
  const list = rows.length > 0 ? `<ol>${rows.join('')}</ol>` : '<p>Nothing has ended in this month.</p>';
  return `<section><h2>${title}</h2><p class="key">Money · minutes · runs and sessions. The bar is the minutes.</p>${list}</section>`;
}

function weight({ metered, unmetered }: Spent): number {
  return metered + unmetered;
}

function number(value: string | number): string {
  return `<td>${value}</td>`;
}

/** Names come from outside. */
function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

const STYLE = `
:root { color-scheme: light dark; --ink: #1b1f24; --soft: #57606a; --paper: #fff; --line: #d0d7de; --bar: #0a5fb4; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --soft: #9aa5b1; --paper: #0d1117; --line: #30363d; --bar: #6cb0ff; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 60rem; margin: 0 auto; padding: 1.5rem 1rem 3rem; }
h1 { font-size: 1.6rem; margin: 0 0 .5rem; }
h2 { font-size: 1.15rem; margin: 2rem 0 .25rem; }
.lead { font-size: 1.1rem; }
.key, footer { color: var(--soft); font-size: .85rem; margin: 0 0 .75rem; }
footer { margin-top: 2.5rem; border-top: 1px solid var(--line); padding-top: .75rem; }
ol { list-style: none; margin: 0; padding: 0; }
li { display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: 0 1rem; padding: .35rem 0; break-inside: avoid; }
.name { overflow-wrap: anywhere; }
.figures { font-variant-numeric: tabular-nums; white-space: nowrap; }
.bar { grid-column: 1 / -1; height: .5rem; border: 1px solid var(--line); border-radius: .25rem; overflow: hidden; }
.bar span { display: block; height: 100%; background: var(--bar); }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: right; padding: .35rem .6rem; border-bottom: 1px solid var(--line); white-space: nowrap; }
th:first-child { text-align: left; }
thead th { white-space: normal; vertical-align: bottom; }
@media (max-width: 30rem) { li { grid-template-columns: 1fr; } .figures { color: var(--soft); } }
@media print { body { font-size: 11pt; } .bar span { background: #000; print-color-adjust: exact; } }
`;
