import { existsSync } from 'node:fs';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { openPage } from './open-page.ts';

/** Where Debian and others put it; no browser is downloaded. */
const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const executablePath = PLACES.find((path) => existsSync(path));
const missing = executablePath ? '' : `: NOT RUN, no Chromium at ${PLACES.join(', ')}`;
if (missing) console.warn(`the page in a browser${missing}`);
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

  it('shows work and takes orders, 400, 1000 and 1600 pixels wide', async () => {
    const { addHanging, sweepUntil, url } = await openPage();
    const devices = ['Google Pixel 8', 'Google Pixel 9', 'Samsung Galaxy S24'];
    addHanging(NAME, ...devices);
    await sweepUntil(5);

    for (const [index, width] of [400, 1000, 1600].entries()) {
      const { page, complaints } = await visit(url, width);
      await page.locator('#work').getByText('5 min of 20 min (long-jobs)').first().waitFor();
      // By the keyboard, as somebody without a mouse would.
      await page.getByRole('button', { name: `Stop ${devices[index]} of` }).press('Enter');
      await page.getByText(/^AutoStop answered: .* order done: 1 stopped$/).waitFor();

      const stops = await page.locator('#stops').textContent();
      expect(stops).toContain(`stopped mobile-app / ${NAME}`);
      expect(stops).toContain(devices[index]);
      expect(stops).toContain('you asked by message: stopped from the page');
      expect(await page.locator('#mails details[open] pre').first().textContent()).toContain('Stopped (1):');
      expect(await page.locator('#work h3').first().textContent()).toContain(NAME);
      expect(await page.title()).toBe('AutoStop at work');
      expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBe(0);
      expect(await page.evaluate('getComputedStyle(document.body).backgroundColor')).toBe(DARK_PAPER);
      expect(complaints).toEqual([]);
    }
  });

  it('shows by itself what a rule would stop and what it stops, and leaves the focus and an opened mail', async () => {
    const { addHanging, sweepUntil, url } = await openPage();
    addHanging('ui-checks', 'Google Pixel 6');
    await sweepUntil(10);
    const { page } = await visit(url);
    await page.locator('#work .badge', { hasText: 'would stop' }).waitFor();
    await page.getByRole('button', { name: /^Stop run/ }).focus();

    await sweepUntil(15);
    await page.getByText('15 min of 5 min').waitFor();

    expect(await page.locator(':focus').textContent()).toBe('Stop run');
    expect(await page.locator('#mails details[open]').textContent()).toContain('would stop 1');

    await sweepUntil(25);
    await page.locator('#stops .badge', { hasText: /^stopped$/ }).waitFor();

    const stops = await page.locator('#stops').textContent();
    expect(stops).toMatch(/ran 20\.\d+ min on Google Pixel 6; limit 20 min/);
    expect(await page.locator('#budgets').textContent()).toContain('limit $20.00');
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
