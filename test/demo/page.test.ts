import { existsSync } from 'node:fs';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { openPage } from './open-page.ts';

/** Where Debian and others put it; no browser is downloaded. */
const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const executablePath = PLACES.find((path) => existsSync(path));
const missing = executablePath ? '' : `: NOT RUN, no Chromium at ${PLACES.join(', ')}`;
/** Markup that must stay text. */
const NAME = '<b>login</b><script>document.title = "taken over"</script>';
const DARK_PAPER = 'rgb(13, 17, 23)';

describe.skipIf(!executablePath)(`the page in a browser${missing}`, () => {
  let browser: Browser;

  beforeAll(async () => {
    // Chromium has no sandbox for root.
    const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
    browser = await chromium.launch({ executablePath, args });
  });

  afterAll(() => browser?.close());

  /** The page in the dark, and what its console complains of. */
  async function visit(
    url: string,
    width = 1000,
  ): Promise<{ readonly page: Page; readonly complaints: string[] }> {
    const page = await browser.newPage({ viewport: { width, height: 800 }, colorScheme: 'dark' });
    onTestFinished(() => page.close());
    const complaints: string[] = [];
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(url);
    return { page, complaints };
  }

  it.each([400, 1000, 1600])('shows work and takes an order, %i pixels wide', async (width) => {
    const { addHanging, sweepUntil, url } = await openPage();
    addHanging(NAME, 'Google Pixel 8', 'Samsung Galaxy S24');
    await sweepUntil(5);
    const { page, complaints } = await visit(url, width);

    await page.locator('#work').getByText('5 min of 20 min (long-jobs)').first().waitFor();
    // By the keyboard, as somebody without a mouse would.
    await page.getByRole('button', { name: /^Stop Google Pixel 8 of/ }).press('Enter');
    await page.getByText(/^AutoStop answered: .* order done: 1 stopped$/).waitFor();

    const stop = page.locator('#stops > li').first();
    expect(await stop.textContent()).toContain(`stopped mobile-app / ${NAME}`);
    expect(await stop.textContent()).toContain('you asked by message: stopped from the page');
    expect(await page.locator('#mails details[open] pre').first().textContent()).toContain('Stopped (1):');
    expect(await page.locator('#work h3').first().textContent()).toContain(NAME);
    expect(await page.title()).toBe('AutoStop at work');
    expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBe(0);
    expect(await page.evaluate('getComputedStyle(document.body).backgroundColor')).toBe(DARK_PAPER);
    expect(complaints).toEqual([]);
  });

  it('shows by itself what a rule stops and what it would stop, in words', async () => {
    const { addHanging, sweepUntil, url } = await openPage();
    addHanging('ui-checks', 'Google Pixel 6');
    await sweepUntil(5);
    const { page } = await visit(url);
    await page.locator('#work .line').waitFor();

    await sweepUntil(10);
    await page.locator('#work .badge', { hasText: 'would stop' }).waitFor();
    await sweepUntil(25);
    await page.locator('#stops .badge', { hasText: /^stopped$/ }).waitFor();

    expect(await page.locator('#stops').textContent()).toMatch(
      /ran 20\.\d+ min on Google Pixel 6; limit 20 min/,
    );
    expect(await page.locator('#budgets').textContent()).toContain('limit $20.00');
  });

  it('keeps the focus and an opened mail while it shows what is new', async () => {
    const { addHanging, sweepUntil, url } = await openPage();
    addHanging('ui-checks', 'Google Pixel 6');
    await sweepUntil(10);
    const { page } = await visit(url);
    await page.locator('#mails details[open]').waitFor();
    await page.getByRole('button', { name: /^Stop run/ }).focus();

    await sweepUntil(15);
    await page.getByText('15 min of 5 min').waitFor();

    expect(await page.locator(':focus').textContent()).toBe('Stop run');
    expect(await page.locator('#mails details[open]').textContent()).toContain('would stop 1');
  });

  it('stops time when asked, and says when the demo has ended', async () => {
    const { course, closePage, url } = await openPage();
    const { page } = await visit(url);

    await page.getByLabel('Pause').check();
    await page.getByText('time stands still').waitFor();
    await closePage();
    await page.getByText(/^The demo has ended/).waitFor();

    expect(course.pace).toBe('pause');
  });

  it('takes no order while the morning is shown', async () => {
    const { addHanging, sweepUntil, url } = await openPage({ isStaying: false, pace: 'normal' });
    addHanging('login', 'Google Pixel 8');
    await sweepUntil(5);
    const { page } = await visit(url);

    const button = page.getByRole('button', { name: /^Stop run/ });
    await button.waitFor();

    expect(await button.isDisabled()).toBe(true);
    expect(await page.getByLabel('Fast').isDisabled()).toBe(true);
  });
});
