import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
/** A whole demo, with room for a machine that is busy with other tests. */
const PATIENCE = 240_000;

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

/** Ctrl-C in a terminal reaches the whole process group. */
function pressCtrlC({ child }: Demo): void {
  process.kill(-(child.pid ?? Number.NaN), 'SIGINT');
}

async function expectNothingLeft({ child, temporary, output }: Demo): Promise<void> {
  // tsx keeps compiled files between runs, for everybody who uses it.
  expect(readdirSync(temporary).filter((name) => !name.startsWith('tsx-'))).toEqual([]);
  // tsx's own compiler process notices a moment later that nobody needs it any more.
  await expect.poll(() => isGroupAlive(child), { timeout: 10_000 }).toBe(false);
  for (const [url] of output.matchAll(/http:\/\/127\.0\.0\.1:\d+/g)) {
    await expect(fetch(url)).rejects.toThrow(/fetch failed/);
  }
}

function isGroupAlive({ pid }: ChildProcess): boolean {
  try {
    return process.kill(-(pid ?? Number.NaN), 0);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false;
    throw error;
  }
}

function commandIn({ output }: Demo, name: string): string {
  return output.split('\n').find((line) => line.includes(`npx autostop ${name} `)) ?? '';
}

function run(command: string) {
  return spawnSync('sh', ['-c', command], { cwd: ROOT, encoding: 'utf8' });
}

describe('npm start', () => {
  it(
    'ends by itself, shows all that it should and leaves nothing behind',
    async () => {
      const demo = startDemo();

      const exitCode = await exitCodeOf(demo.child);

      expect(demo.errors).toBe('');
      expect(demo.output).toContain('Was it as it should be?');
      expect(demo.output).toMatch(/^the account, day of .* spent, .* committed/m);
      expect(demo.output).toMatch(/^long-jobs +2 +2 +0 /m);
      expect(demo.output).toMatch(/^ui-limit: 5 would-be stops ended in 30 days; 3 of 5 false/m);
      expect(demo.output).not.toMatch(/^ {2}NO/m);
      expect(exitCode).toBe(0);
      await expectNothingLeft(demo);
    },
    PATIENCE,
  );

  it(
    'stays up when asked to, its commands run as printed, and Ctrl-C leaves nothing behind',
    async () => {
      const demo = startDemo('--stay');
      await outputWith(demo, 'Staying: ');

      const stop = run(commandIn(demo, 'stop'));
      await outputWith(demo, 'yours-to-stop on Google Pixel 8 is');
      const audit = run(commandIn(demo, 'audit'));
      const savings = run(commandIn(demo, 'savings'));
      pressCtrlC(demo);
      const exitCode = await exitCodeOf(demo.child);

      expect(savings).toMatchObject({ status: 0, stdout: expect.stringContaining('MONEY AVOIDED') });
      expect(stop).toMatchObject({ status: 0, stdout: expect.stringContaining('sent message') });
      expect(audit.stdout).toContain('StopRequested');
      expect(audit.stdout).toContain('not needed any more');
      expect(audit.status).toBe(0);
      expect(exitCode).toBe(130);
      await expectNothingLeft(demo);
    },
    PATIENCE,
  );

  it.each(['Building the functions', 'nothing to stop'])(
    'leaves nothing behind when Ctrl-C comes after "%s"',
    async (text) => {
      const demo = startDemo();
      await outputWith(demo, text);

      pressCtrlC(demo);
      const exitCode = await exitCodeOf(demo.child);

      expect(exitCode).toBe(130);
      expect(demo.output).not.toContain('Was it as it should be?');
      await expectNothingLeft(demo);
    },
    PATIENCE,
  );

  it(
    'leaves nothing behind when nobody reads its output any more',
    async () => {
      const demo = startDemo();
      await outputWith(demo, 'nothing to stop');

      demo.child.stdout.destroy();
      const exitCode = await exitCodeOf(demo.child);

      expect(exitCode).toBe(0);
      expect(demo.errors).toBe('');
      await expectNothingLeft(demo);
    },
    PATIENCE,
  );

  it('explains itself', async () => {
    const demo = startDemo('--help');

    const exitCode = await exitCodeOf(demo.child);

    expect(demo.output).toMatch(/npm start -- --stay/);
    expect(exitCode).toBe(0);
  });

  it('refuses an option that it does not know', async () => {
    const demo = startDemo('--forever');

    const exitCode = await exitCodeOf(demo.child);

    expect(demo.errors).toMatch(/'--forever'/);
    expect(demo.errors).not.toMatch(/^ {4}at /m);
    expect(exitCode).toBe(1);
  });
});
