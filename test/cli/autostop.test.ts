import { spawn } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { DeviceFarmEmulator } from '../../emulator/emulator.ts';
import { writePolicy } from './support.ts';

const ROOT = join(import.meta.dirname, '../..');
const POLICY = { version: 1, rules: [{ id: 'long-jobs', type: 'job-duration', maxMinutes: 60 }] };

function emptyDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'autostop-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** The built command line in an empty directory: nothing of the repository is beside it. */
function elsewhere(): string {
  const directory = emptyDirectory();
  copyFileSync(join(ROOT, 'dist/autostop.mjs'), join(directory, 'autostop.mjs'));
  return directory;
}

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function run(
  command: string,
  args: readonly string[],
  options: { cwd: string; env?: Readonly<Record<string, string>>; deaf?: boolean },
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const env = {
      PATH: process.env.PATH,
      HOME: emptyDirectory(),
      AWS_EC2_METADATA_DISABLED: 'true',
      ...options.env,
    };
    const child = spawn(command, args, { cwd: options.cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let [out, err] = ['', ''];
    child.stdout.on('data', (chunk) => {
      out += chunk;
    });
    child.stderr.on('data', (chunk) => {
      err += chunk;
    });
    if (options.deaf) child.stdout.destroy();
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, out, err }));
  });
}

/** An emulator with 25 jobs that are over, and the variables with which another process reaches it. */
async function openFarm(): Promise<Readonly<Record<string, string>>> {
  const emulator = new DeviceFarmEmulator({ now: () => Date.now() });
  const jobs = Array.from({ length: 25 }, () => ({ testMinutes: 140 }));
  emulator.addRun({ project: emulator.addProject(), created: Date.now() - 75 * 60_000, jobs });
  const { url, close } = await emulator.listen();
  onTestFinished(close);
  return { AWS_ENDPOINT_URL_DEVICE_FARM: url, AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' };
}

describe('the built command line', () => {
  it('plans outside the repository, with nothing but itself and the policy', async () => {
    const [cwd, env] = [elsewhere(), await openFarm()];

    const plan = ['autostop.mjs', 'plan', '--json', '--exit-code', '--policy', writePolicy(POLICY)];

    const ended = await run('node', plan, {
      cwd,
      env,
    });

    expect(ended).toMatchObject({ code: 3, err: '' });
    expect(JSON.parse(ended.out)).toMatchObject({ counts: { items: 25, observe: 25 } });
  });

  it('keeps its exit code and is silent when nobody reads on', async () => {
    const [cwd, env] = [elsewhere(), await openFarm()];

    const plan = ['autostop.mjs', 'plan', '--exit-code', '--policy', writePolicy(POLICY)];

    const ended = await run('node', plan, {
      cwd,
      env,
      deaf: true,
    });

    expect(ended).toEqual({ code: 3, out: '', err: '' });
  });

  it('tells an expected failure without a stack trace', async () => {
    const cwd = elsewhere();

    const ended = await run('node', ['autostop.mjs', 'plan'], { cwd });

    expect(ended).toMatchObject({ code: 1, out: '' });
    expect(ended.err).toMatch(/^\S*policy\.yaml: .*ENOENT/);
    expect(ended.err.trimEnd().split('\n')).toHaveLength(1);
  });

  it('asks nobody where there is no terminal, and sends nothing', async () => {
    const cwd = elsewhere();
    const topic = 'arn:aws:sns:us-west-2:123456789012:stops';
    const project = 'arn:aws:devicefarm:us-west-2:123456789012:project:p';

    const ended = await run('node', ['autostop.mjs', 'stop', project, '--topic', topic], { cwd });

    expect(ended).toMatchObject({ code: 2, out: '' });
    expect(ended.err).toMatch(
      /^nothing is sent: stop names the whole project .*; add --yes if that is meant$/m,
    );
  });

  it('runs as npx autostop in the clone', async () => {
    const ended = await run('npx', ['--offline', 'autostop', 'policy', 'check', 'policy.yaml'], {
      cwd: ROOT,
    });

    expect(ended.code).toBe(0);
    expect(ended.out).toMatch(/^policy\.yaml is valid/);
  });
});
