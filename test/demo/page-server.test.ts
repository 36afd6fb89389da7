import { request } from 'node:http';
import { describe, expect, it } from 'vitest';
import { openPage } from './open-page.ts';

/** `fetch` sets `Host` itself. */
function statusFor(url: string, host: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { headers: { host } }, (reply) => {
      reply.resume();
      resolve(reply.statusCode);
    });
    asked.on('error', reject).end();
  });
}

describe('the state that the page shows', () => {
  it('holds work in flight against the nearest of its limits', async () => {
    const { addHanging, sweepUntil, state } = await openPage();
    const { jobs } = addHanging('login', 'Google Pixel 8');

    await sweepUntil(15);
    const { at, inFlight, work } = await state();

    expect(at).toBe('2026-11-23T12:15:00.000Z');
    expect(inFlight).toBe(1);
    expect(work).toMatchObject([{ project: 'mobile-app', name: 'login' }]);
    expect(work[0]?.lines).toMatchObject([
      {
        arn: jobs[0],
        device: 'Google Pixel 8',
        status: 'RUNNING',
        canStop: true,
        limit: 20,
        meter: '15 min of 20 min (long-jobs)',
        mark: '',
      },
    ]);
  });

  it('tells what a rule stopped, why, and the mail about it', async () => {
    const { addHanging, sweepUntil, state } = await openPage();
    addHanging('login', 'Google Pixel 8', 'Samsung Galaxy S24');

    await sweepUntil(25);
    const { work, stops, mails } = await state();

    expect(stops).toHaveLength(1);
    expect(stops[0]).toMatchObject({
      mark: 'stopped',
      by: 'rule long-jobs',
      names: 'mobile-app / login',
      devices: 'Google Pixel 8, Samsung Galaxy S24',
    });
    expect(stops[0]?.reasons.join()).toMatch(/ran 20\.\d+ min on Google Pixel 8; limit 20 min/);
    expect(work[0]?.lines.map(({ mark }) => mark)).toEqual(['stopped', 'stopped']);
    expect(mails.map(({ subject }) => subject).join()).toContain('] stopped 2');
    expect(mails.find(({ subject }) => subject.includes('stopped'))?.text).toContain('limit 20 min');
  });

  it('marks what would be stopped, and what an exemption keeps', async () => {
    const { addHanging, sweepUntil, state } = await openPage();
    addHanging('ui-checks', 'Google Pixel 6');
    addHanging('release-7', 'Google Pixel 7');

    await sweepUntil(25);
    const { work, stops } = await state();

    const release = work.find(({ name }) => name === 'release-7')?.lines[0];
    expect(release?.mark).toBe('exempt');
    expect(release?.reason).toContain('exemption releases');
    const trial = stops.find(({ mark }) => mark === 'would stop');
    expect(trial).toMatchObject({ by: 'rule ui-limit', names: 'mobile-app / ui-checks' });
  });

  it('follows a budget from sweep to sweep', async () => {
    const { addHanging, sweepUntil, state } = await openPage();
    addHanging('login', 'Google Pixel 8');

    await sweepUntil(15);
    const { budgets } = await state();

    expect(budgets).toHaveLength(1);
    expect(budgets[0]).toMatchObject({ rule: 'daily', limit: 20, texts: { limit: '$20.00' } });
    const [first, ...later] = budgets[0]?.points.map(({ spent }) => spent) ?? [];
    expect(later).toHaveLength(2);
    expect(Math.max(...later)).toBeGreaterThan(first ?? Number.NaN);
  });

  it('keeps names from outside as they are, in a reply that no browser takes for a page', async () => {
    const { addHanging, url, sweepUntil } = await openPage();
    addHanging('<script>alert(1)</script>', 'Google Pixel 8');
    await sweepUntil(5);

    const reply = await fetch(`${url}state`);

    expect(reply.headers.get('content-type')).toBe('application/json');
    expect(reply.headers.get('x-content-type-options')).toBe('nosniff');
    expect(await reply.text()).toContain('<script>alert(1)</script>');
    expect(await (await fetch(url)).text()).not.toContain('alert(1)');
  });
});

describe('an order from the page', () => {
  it('goes through the topic to the function, and its answer is a mail', async () => {
    const { addHanging, emulator, sweepUntil, state, post, token, orders } = await openPage();
    const { arn, jobs } = addHanging('login', 'Google Pixel 8');
    await sweepUntil(5);

    const reply = await post('stop', { target: arn }, { 'x-token': await token() });

    const { messageId } = (await reply.json()) as { readonly messageId: string };
    expect(orders()).toHaveLength(1);
    expect(emulator.show(jobs[0] ?? '')).toMatchObject({ status: 'STOPPING' });
    const { stops, mails } = await state();
    expect(stops).toMatchObject([{ mark: 'stopped', by: 'by order' }]);
    expect(stops[0]?.reasons.join()).toContain('you asked by message: stopped from the page');
    expect(mails.find(({ text }) => text.includes(messageId))?.subject).toContain('order done: 1 stopped');
  });

  it.each<[string, Readonly<Record<string, string>>]>([
    ['without the token of the page', {}],
    ['with a wrong token', { 'x-token': 'guessed' }],
    ['from the page of somebody else', { origin: 'http://evil.example' }],
  ])('is refused %s', async (_, headers) => {
    const { addHanging, post, token, aws } = await openPage();
    const { arn } = addHanging('login', 'Google Pixel 8');
    const own = 'origin' in headers ? await token() : undefined;

    const { status } = await post('stop', { target: arn }, { ...headers, ...(own && { 'x-token': own }) });

    expect(status).toBe(403);
    expect(aws.topics.messages).toEqual([]);
  });

  it('waits until the morning has been shown', async () => {
    const { addHanging, post, token, aws } = await openPage({ isStaying: false, pace: 'normal' });
    const { arn } = addHanging('login', 'Google Pixel 8');

    const reply = await post('stop', { target: arn }, { 'x-token': await token() });

    expect(reply.status).toBe(409);
    expect(await reply.text()).toContain('npm start -- --stay');
    expect(aws.topics.messages).toEqual([]);
  });

  it('is refused when it is longer than an order can be', async () => {
    const { post, token } = await openPage();

    const { status } = await post('stop', { target: 'x'.repeat(3_000) }, { 'x-token': await token() });

    expect(status).toBe(413);
  });
});

describe('the server of the page', () => {
  it('sets the speed, and names the speeds that there are', async () => {
    const { course, post, token, state } = await openPage();
    const headers = { 'x-token': await token() };

    const wrong = await post('pace', { pace: 'warp' }, headers);
    await post('pace', { pace: 'pause' }, headers);

    expect(wrong.status).toBe(400);
    expect(await wrong.text()).toContain('pause, slow, normal, fast');
    expect(course.pace).toBe('pause');
    expect(await state()).toMatchObject({ pace: 'pause', secondsPerSweep: null });
  });

  it('answers only to its own names, so that no other name leads a browser here', async () => {
    const { url } = await openPage();
    const { port } = new URL(url);

    expect(await statusFor(url, `127.0.0.1:${port}`)).toBe(200);
    expect(await statusFor(url, `localhost:${port}`)).toBe(200);
    expect(await statusFor(`${url}state`, `evil.example:${port}`)).toBe(403);
    expect(await statusFor(`${url}state`, 'localhost')).toBe(403);
  });

  it('lets the page load nothing from elsewhere, and serves no other file', async () => {
    const { url } = await openPage();

    const reply = await fetch(url);
    const html = await reply.text();

    expect(reply.headers.get('content-security-policy')).toMatch(/^default-src 'none'; script-src 'self';/);
    expect(html.match(/(?:src|href)="[^"]*"/g)).toEqual(['src="/page.js"']);
    expect((await fetch(`${url}../page-server.ts`)).status).toBe(404);
    expect((await fetch(url, { method: 'DELETE' })).status).toBe(405);
  });
});
