import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parse } from 'yaml';

const ROOT = join(import.meta.dirname, '../..');
const CHANGELOG = '# Changelog\n\n## [Unreleased]\n\n## [1.2.3] - 2026-12-01\n\n- A change.\n';
const REPOSITORY = { type: 'git', url: 'git+https://git.example.com/auto-stop.git' };

/** Checks a package under a tag; returns what it complains about. */
function check(tag: string, packageJson: object, changelog = CHANGELOG) {
  const directory = mkdtempSync(join(tmpdir(), 'auto-stop-release-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  writeFileSync(join(directory, 'package.json'), JSON.stringify(packageJson));
  writeFileSync(join(directory, 'CHANGELOG.md'), changelog);
  const loader = createRequire(import.meta.url).resolve('tsx');
  const args = ['--import', loader, join(ROOT, 'bin/release-check.ts'), tag];
  const { status, stderr } = spawnSync(process.execPath, args, { cwd: directory, encoding: 'utf8' });
  return { status, lines: stderr.split('\n').filter(Boolean) };
}

describe('the check before a release', () => {
  it('lets a tag pass that is the version, has a section and comes from a named repository', () => {
    const checked = check('v1.2.3', { version: '1.2.3', repository: REPOSITORY });

    expect(checked).toEqual({ status: 0, lines: [] });
  });

  it('names everything that is missing', () => {
    const checked = check('v1.2.4', { version: '1.2.5' });

    expect(checked.status).toBe(1);
    expect(checked.lines).toEqual([
      'the tag is "v1.2.4", and package.json has version 1.2.5; tag the commit v1.2.5, or change the version',
      expect.stringMatching(/^CHANGELOG\.md has no section for 1\.2\.5; write /),
      expect.stringMatching(/^package\.json has no repository; add /),
    ]);
  });

  it('takes no section without a date for a release', () => {
    const changelog = CHANGELOG.replace(' - 2026-12-01', '');

    const checked = check('v1.2.3', { version: '1.2.3', repository: REPOSITORY }, changelog);

    expect(checked.lines).toEqual([expect.stringContaining('no section for 1.2.3')]);
  });
});

describe('the workflow of a release', () => {
  const { permissions, jobs } = parse(readFileSync(join(ROOT, '.github/workflows/release.yml'), 'utf8'));

  it('publishes only after the check, and alone may sign', () => {
    expect(permissions).toEqual({});
    expect(jobs.check.permissions).toEqual({ contents: 'read' });
    expect(jobs.publish).toMatchObject({
      needs: 'check',
      permissions: { contents: 'read', 'id-token': 'write' },
    });
  });

  it('uses only actions that are pinned to a commit', () => {
    const steps: readonly { readonly uses?: string }[] = [...jobs.check.steps, ...jobs.publish.steps];
    const used = steps.flatMap(({ uses }) => uses ?? []);

    expect(used.length).toBeGreaterThan(0);
    expect(used.filter((action) => !/@[0-9a-f]{40}$/.test(action))).toEqual([]);
  });
});
