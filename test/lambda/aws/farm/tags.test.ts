import { describe, expect, it } from 'vitest';
import { startGuard } from '../../../harness/guard-in-process.ts';

describe('tags', () => {
  it('are those of a run or project', async () => {
    const { emulator, ports } = await startGuard();
    const project = emulator.addProject({
      name: 'mobile',
      tags: { team: 'a', 'autostop:exempt-until': 'b' },
    });

    const reading = await ports.tags.of(project);

    expect(reading).toEqual({ state: 'found', value: { team: 'a', 'autostop:exempt-until': 'b' } });
  });

  it('are none where none were set', async () => {
    const { emulator, ports } = await startGuard();
    const project = emulator.addProject({ name: 'mobile' });

    const reading = await ports.tags.of(project);

    expect(reading).toEqual({ state: 'found', value: {} });
  });

  it('of what does not exist are gone', async () => {
    const { ports } = await startGuard();

    const reading = await ports.tags.of('arn:aws:devicefarm:us-west-2:123456789012:project:nowhere');

    expect(reading).toEqual({ state: 'gone' });
  });

  it('are asked for again after throttling', async () => {
    const { emulator, ports } = await startGuard();
    const project = emulator.addProject({ name: 'mobile' });
    const operation = 'ListTagsForResource';
    emulator.faults.add({ operation, kind: 'error', name: 'ThrottlingException', times: 2 });

    const reading = await ports.tags.of(project);

    expect(reading).toEqual({ state: 'found', value: {} });
    expect(emulator.requests.filter((request) => request.operation === operation)).toHaveLength(3);
  });

  it('that IAM refuses are unreadable', async () => {
    const { emulator, ports } = await startGuard();
    const project = emulator.addProject({ name: 'mobile' });
    emulator.faults.add({ operation: 'ListTagsForResource', kind: 'error', name: 'AccessDeniedException' });

    const reading = await ports.tags.of(project);

    expect(reading).toMatchObject({ state: 'unreadable', error: { kind: 'accessDenied' } });
  });
});
