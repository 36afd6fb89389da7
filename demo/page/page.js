// The page of the demo in the browser: asks for the state once a second, and orders stops. Texts from outside become text nodes,
// never markup.
const SVG = 'http://www.w3.org/2000/svg';
const EVERY_MS = 1_000;
const SAID_MS = 20_000;
const token = document.querySelector('meta[name=token]').content;
const byId = (id) => document.getElementById(id);
const byArn = ({ arn }) => arn;
let shown = '';
/** Orders are taken. */
let isStaying = false;

/** An element with its class and what is in it; an absent part is left out. */
function make(name, className, ...parts) {
  const element = document.createElement(name);
  if (className) element.className = className;
  element.append(...parts.filter((part) => part));
  return element;
}

/** Gives a list these items, or says that there are none. What stays keeps its place, the focus and what was opened. */
function sync(list, items, { keyOf = ({ id }) => id, build, update = () => {}, none = '' }) {
  const old = new Map([...list.children].map((child) => [child.dataset.key, child]));
  const children = items.map((item) => {
    const child = old.get(keyOf(item)) ?? build(item);
    child.dataset.key = keyOf(item);
    update(child, item);
    return child;
  });
  if (children.length === 0 && none) children.push(make('li', 'none', none));
  for (const child of old.values()) if (!children.includes(child)) child.remove();
  children.forEach((child, index) => {
    if (list.children[index] !== child) list.insertBefore(child, list.children[index] ?? null);
  });
}

async function post(path, body) {
  const headers = { 'content-type': 'application/json', 'x-token': token };
  const reply = await fetch(path, { method: 'POST', headers, body: JSON.stringify(body) });
  const answer = await reply.json();
  if (!reply.ok) throw new Error(answer.error);
  return answer;
}

/** Says it where the reader is; it covers other things, so it goes after a while. */
function say(text) {
  byId('said').textContent = text;
  setTimeout(() => {
    const said = byId('said');
    if (said.textContent === text && !document.body.classList.contains('gone')) said.textContent = '';
  }, SAID_MS);
}

/** Orders a stop through the topic, as anybody would, and shows what AutoStop answered. */
async function order(button, target, name) {
  button.disabled = true;
  say(`Ordered: stop ${name}. The message goes through the topic and the queue to the function ...`);
  try {
    const { messageId } = await post('/stop', { target });
    const { mails } = await refresh();
    const mail = mails.find(({ text }) => text.includes(messageId));
    say(
      mail ? `AutoStop answered: ${mail.subject}` : `Sent as message ${messageId}; no mail answers it yet.`,
    );
    openMail(mail?.id);
  } catch (error) {
    say(`Not ordered: ${error.message}`);
    button.disabled = false;
  }
}

function openMail(id) {
  const item = [...byId('mails').children].find(({ dataset }) => dataset.key === id);
  item?.querySelector('details')?.setAttribute('open', '');
}

function stopButton(text, target, name) {
  const button = make('button', 'stop', text);
  button.type = 'button';
  button.setAttribute('aria-label', `${text} ${name}`);
  button.addEventListener('click', () => order(button, target, name));
  return button;
}

function buildGroup({ arn, project, name, created }) {
  const isRun = arn.includes(':run:');
  const button = isRun ? stopButton('Stop run', arn, `${project} / ${name}`) : undefined;
  const title = make(
    'h3',
    '',
    `${project} / ${name}`,
    created && make('span', 'facts', ` since ${created.slice(11, 16)}`),
  );
  return make('li', 'group', make('div', 'head', title, button), make('ul'));
}

function updateGroup(group, { lines }) {
  const button = group.querySelector('.head button');
  const canStop = lines.some((line) => line.canStop);
  if (button) setButton(button, canStop);
  // A reason that many jobs share stands once.
  const told = lines.map((line, index) => ({
    ...line,
    isToldAbove: line.reason === lines[index - 1]?.reason,
  }));
  sync(group.querySelector('ul'), told, { keyOf: byArn, build: buildLine, update: updateLine });
}

function buildLine({ arn, project, name, device }) {
  const bar = make('span', 'bar', make('span'));
  bar.setAttribute('aria-hidden', 'true');
  return make(
    'li',
    'line',
    make('span', 'words', make('strong', '', device), make('span', 'facts'), make('span', 'meter')),
    stopButton('Stop', arn, `${device} of ${project} / ${name}`),
    bar,
    make('p', 'reason'),
  );
}

function updateLine(line, { status, billing, canStop, used, limit, meter, mark, reason, isToldAbove }) {
  line.querySelector('.facts').textContent = [status, billing].filter(Boolean).join(', ');
  line.querySelector('.meter').textContent = meter;
  line
    .querySelector('.reason')
    .replaceChildren(...(mark ? [badge(mark), isToldAbove ? '' : ` ${reason}`] : []));
  const bar = line.querySelector('.bar');
  bar.className = `bar ${limit === null ? 'free' : used > limit ? 'full' : ''}`;
  bar.hidden = status === 'COMPLETED';
  bar.firstChild.style.width = limit === null ? '0' : `${Math.min(100, (used / limit) * 100)}%`;
  setButton(line.querySelector('button'), canStop);
}

function setButton(button, canStop) {
  button.hidden = !canStop;
  button.disabled = !isStaying;
}

/** A mark says in words what its colour and its border say too. */
function badge(mark) {
  return make('span', `badge ${mark.replace(' ', '-')}`, mark);
}

function updateStop(item, { at, mark, by, names, devices, reasons }) {
  item.replaceChildren(
    make('p', 'title', make('time', '', at.slice(11, 19)), ' ', badge(mark), ` ${names}`),
    make('p', 'facts', [devices, by].filter(Boolean).join(', ')),
    ...reasons.map((reason) => make('p', '', reason)),
  );
}

function buildMail({ at, subject, text }) {
  const summary = make('summary', '', make('time', '', at.slice(11, 16)), ` ${subject}`);
  return make('li', '', make('details', '', summary, make('pre', '', text)));
}

function draw(name, attributes) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}

/** A budget over the day: lines differ in their strokes, and their figures stand beside them in words. */
function budgetChart({ rule, period, limit, texts, points }) {
  const hour = 3_600_000;
  const first = Math.floor((points[0]?.at ?? 0) / hour) * hour;
  const last = Math.max(first + hour, Math.ceil((points.at(-1)?.at ?? 0) / hour) * hour);
  const most = Math.max(limit, ...points.flatMap(({ spent, worstCase }) => [spent, worstCase])) * 1.08;
  const x = (at) => ((at - first) / (last - first)) * 100;
  const y = (amount) => 100 - (amount / most) * 100;
  const line = (of) => points.map((point) => `${x(point.at).toFixed(2)},${y(of(point)).toFixed(2)}`);
  const spent = line((point) => point.spent);
  const svg = draw('svg', { viewBox: '0 0 100 100', preserveAspectRatio: 'none', role: 'img' });
  svg.setAttribute(
    'aria-label',
    `${rule}: ${texts.spent} spent, ${texts.worstCase} in the worst case, limit ${texts.limit}`,
  );
  const area = [`${x(points[0]?.at ?? first)},100`, ...spent, `${x(points.at(-1)?.at ?? first)},100`];
  svg.append(
    draw('polygon', { points: area.join(' '), class: 'area' }),
    draw('polyline', { points: spent.join(' '), class: 'spent' }),
    draw('polyline', { points: line((point) => point.worstCase).join(' '), class: 'worst' }),
    draw('line', { x1: 0, x2: 100, y1: y(limit), y2: y(limit), class: 'limit' }),
  );
  const step = Math.ceil((last - first) / hour / 6) * hour;
  const ticks = [];
  for (let at = first; at <= last; at += step) {
    const tick = make('span', 'tick', new Date(at).toISOString().slice(11, 16));
    tick.style.left = `${x(at)}%`;
    ticks.push(tick);
  }
  const legend = make(
    'ul',
    'legend',
    make('li', 'spent', `spent ${texts.spent}`),
    make('li', 'worst', `worst case ${texts.worstCase}`),
    make('li', 'limit', `limit ${texts.limit}`),
  );
  return make(
    'div',
    'budget',
    make('h3', '', `${rule}, period of ${period}`),
    legend,
    svg,
    make('div', 'ticks', ...ticks),
  );
}

function show(state) {
  const { at, secondsPerSweep, work, budgets, stops, mails } = state;
  isStaying = state.isStaying;
  const speed = secondsPerSweep === null ? 'time stands still' : `a sweep every ${secondsPerSweep} s`;
  const facts = [
    `${at.slice(0, 10)} ${at.slice(11, 19)} UTC`,
    `${state.inFlight} in flight`,
    `mode ${state.mode}`,
  ];
  byId('clock').textContent = [...facts, ...(isStaying ? [speed] : [])].join(', ');
  byId('pace').disabled = !isStaying;
  document.querySelector(`#pace [value=${state.pace}]`).checked = true;
  byId('command').textContent = state.command;
  byId('work-hint').textContent = isStaying
    ? 'A stop sends an order to the manual-stop topic.'
    : 'The morning is being shown. "npm start -- --stay" takes orders after it.';
  const texts = [...(state.pause ? [state.pause] : []), ...state.problems];
  sync(byId('problems'), texts, { keyOf: (text) => text, build: (text) => make('li', '', text) });
  sync(byId('work'), work, {
    keyOf: byArn,
    build: buildGroup,
    update: updateGroup,
    none: 'Nothing is in flight.',
  });
  const none = make('p', 'none', 'No sweep of this day has seen a budget yet.');
  byId('budgets').replaceChildren(...(budgets.length > 0 ? budgets.map(budgetChart) : [none]));
  byId('stops-count').textContent = stops.length;
  byId('mails-count').textContent = mails.length;
  sync(byId('stops'), stops, { build: () => make('li'), update: updateStop, none: 'Nothing was stopped.' });
  sync(byId('mails'), mails, { build: buildMail, none: 'No mail was sent.' });
}

async function refresh() {
  const reply = await fetch('/state', { cache: 'no-store' });
  const text = await reply.text();
  const state = JSON.parse(text);
  if (!reply.ok) throw new Error(state.error);
  if (text !== shown) show(state);
  if (shown === '') openMail(state.mails[0]?.id);
  shown = text;
  return state;
}

async function poll() {
  try {
    await refresh();
    document.body.classList.remove('gone');
  } catch (error) {
    if (!document.body.classList.contains('gone'))
      say(`The demo has ended, or does not answer (${error.message}). "npm start -- --stay" keeps it.`);
    document.body.classList.add('gone');
  }
  setTimeout(poll, EVERY_MS);
}

byId('pace').addEventListener('change', async ({ target }) => {
  try {
    await post('/pace', { pace: target.value });
    say(`Speed: ${target.parentElement.textContent}`);
  } catch (error) {
    say(`The speed stays: ${error.message}`);
  }
});
poll();
