import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');

/** Starts the demo in a process group and with a directory for temporary files of its own. */
function startDemo(...args: readonly string[]) {
  const temporary = mkdtempSync(join(tmpdir(), 'demo-test-'));
  onTestFinished(() => rmSync(temporary, { recursive: true, force: true }));
  const child = spawn(process.execPath, ['--import', 'tsx', 'bin/demo.ts', ...args], {
    cwd: ROOT,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, TMPDIR: temporary },
  });
  const demo = { temporary, output: '', errors: '', child };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    demo.output += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    demo.errors += text;
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  return demo;
}

type Demo = ReturnType<typeof startDemo>;

function exitCodeOf(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => child.on('close', resolve));
}

function outputWith(demo: Demo, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const look = () => demo.output.includes(text) && resolve();
    demo.child.stdout.on('data', look);
    demo.child.on('close', () => reject(new Error(`ended without "${text}":\n${demo.output}${demo.errors}`)));
    look();
  });
}

async function expectNothingLeft({ child, temporary }: Demo): Promise<void> {
  // tsx keeps compiled files between runs, for everybody who uses it.
  expect(readdirSync(temporary).filter((name) => !name.startsWith('tsx-'))).toEqual([]);
  // tsx's own compiler process notices a moment later that nobody needs it any more.
  await expect.poll(() => isGroupAlive(child), { timeout: 10_000 }).toBe(false);
}

function isGroupAlive({ pid }: ChildProcess): boolean {
  try {
    return process.kill(-(pid ?? Number.NaN), 0);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false;
    throw error;
  }
}

describe('npm start', () => {
  it('shows a morning, finds it as it should be, ends by itself and leaves nothing behind', async () => {
    const demo = startDemo();

    const exitCode = await exitCodeOf(demo.child);

    expect(demo.errors).toBe('');
    expect(demo.output).not.toMatch(/^ {2}NO/m);
    expect(demo.output.match(/^ {2}yes /gm)?.length).toBeGreaterThanOrEqual(15);
    expect(demo.output).toMatch(/^The real difference is \$\d+\.\d\d\./m);
    expect(demo.output).toContain('StopConfirmed');
    expect(demo.output).toMatch(/^\d\d:\d\d:01 {2}a limit is crossed\n {2}STOP {2}mobile-app/m);
    expect(demo.output).toMatch(/^The same in a browser, while the demo runs: http:\/\/127\.0\.0\.1:\d+\/$/m);
    expect(demo.output).toContain('\n         Stopped (2):\n');
    expect(demo.output).toMatch(/\n"npm start -- --stay" keeps all this up: .*\n$/);
    expect(demo.output).not.toContain('undefined');
    expect(exitCode).toBe(0);
    await expectNothingLeft(demo);
  });

  it('stays when asked: the page takes orders, and Ctrl-C ends both', async () => {
    const demo = startDemo('--stay');
    await outputWith(demo, "--reason 'not needed any more'");
    const [url = ''] = /^ {2}http:\/\/127\.0\.0\.1:\d+\/$/m.exec(demo.output) ?? [];
    const [, yours = ''] = /stop (arn:\S+:session:\S+) /.exec(demo.output) ?? [];
    const html = await (await fetch(url.trim())).text();
    const [, token = ''] = /<meta name="token" content="([^"]+)">/.exec(html) ?? [];

    const body = JSON.stringify({ target: yours });
    await fetch(`${url.trim()}stop`, { method: 'POST', headers: { 'x-token': token }, body });
    await outputWith(demo, 'mail: [AutoStop 123456789012] order done: 1 stopped');
    process.kill(-(demo.child.pid ?? Number.NaN), 'SIGINT');
    const exitCode = await exitCodeOf(demo.child);

    expect(demo.output).not.toMatch(/^ {2}NO/m);
    expect(exitCode).toBe(130);
    await expect(fetch(url.trim())).rejects.toThrow();
    await expectNothingLeft(demo);
  });

  it('leaves nothing behind when Ctrl-C ends it early', async () => {
    const demo = startDemo();
    await outputWith(demo, 'nothing to stop');

    // Ctrl-C in a terminal reaches the whole process group.
    process.kill(-(demo.child.pid ?? Number.NaN), 'SIGINT');
    const exitCode = await exitCodeOf(demo.child);

    expect(exitCode).toBe(130);
    expect(demo.output).not.toContain('Was it as it should be?');
    await expectNothingLeft(demo);
  });

  it('refuses an option that it does not know', async () => {
    const demo = startDemo('--forever');

    const exitCode = await exitCodeOf(demo.child);

    expect(demo.errors).toMatch(/'--forever'/);
    expect(demo.errors).not.toMatch(/^ {4}at /m);
    expect(exitCode).toBe(1);
  });
});
