import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { autostop, commandFor, orderStop } from '../../demo/outside.ts';
import type { PolicyInput } from '../../lambda/policy/schema.ts';
import { deploy } from '../end-to-end/deploy.ts';
import { MINUTE, START } from '../end-to-end/start.ts';

const POLICY: PolicyInput = {
  version: 1,
  mode: 'enforce',
  rules: [{ id: 'stuck', type: 'queue-age', maxMinutes: 60 }],
};

describe('the command line beside the demo', () => {
  it('goes by the clock of the demo, whatever day it really is', async () => {
    const { aws, emulator, clock } = await deploy(POLICY);
    const project = emulator.addProject({ name: 'mobile' });
    const { arn } = emulator.addRun({ project, created: START, jobs: [{ testMinutes: 100 }] });
    clock.advance(30 * MINUTE);
    await orderStop(aws, { target: arn, reason: 'wrong build under test', requestedBy: 'ana' });

    const printed = await autostop(aws, ['audit', '--table', aws.plan.output('AuditTableName')]);

    expect(printed).toContain('StopRequested');
    expect(printed).toContain('wrong build under test');
    expect(printed).toContain('2026-11-23');
  });

  it('is printed so that it can be pasted', async () => {
    const { aws } = await deploy(POLICY);
    const echo = commandFor(aws, 'stop', 'arn:aws:x:run:1/2', '--reason', 'not needed any more');

    const { stdout } = spawnSync('sh', ['-c', echo.replace('node ', "printf '%s|' ")], { encoding: 'utf8' });

    expect(stdout).toBe(`demo/autostop.mjs|${aws.url}|stop|arn:aws:x:run:1/2|--reason|not needed any more|`);
  });

  it('says so when the demo has ended', async () => {
    const { aws } = await deploy(POLICY);
    const command = commandFor(aws, 'audit');
    await aws.close();

    const { status, stderr } = spawnSync('sh', ['-c', command], { encoding: 'utf8' });

    expect(stderr).toContain(`nothing answers at "${aws.url}"`);
    expect(status).toBe(1);
  });
});
