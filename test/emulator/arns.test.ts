import { describe, expect, it } from 'vitest';
import { begin, minute, startFarm, textAt } from './start-farm.ts';

const uuid = '[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}';
const start = '^arn:aws:devicefarm:us-west-2:123456789012:';

describe('ARNs', () => {
  it('2.1 are made as in the documentation', () => {
    const { emulator } = startFarm();

    const project = emulator.addProject();
    const { arn, jobs } = emulator.addRun({ project, jobs: Array.from({ length: 11 }, () => ({})) });
    const session = emulator.addSession({ project });

    expect(project).toMatch(new RegExp(`${start}project:${uuid}$`));
    expect(arn).toMatch(new RegExp(`${start}run:${uuid}/${uuid}$`));
    expect(jobs[10]).toBe(`${arn.replace(':run:', ':job:')}/00010`);
    expect(session).toMatch(new RegExp(`${start}session:${uuid}/${uuid}/00000$`));
    expect(arn.startsWith(`${project.replace(':project:', ':run:')}/`)).toBe(true);
  });

  it('2.1 carry the account and the session tail of the options', () => {
    const { emulator } = startFarm({ accountId: '210987654321', sessionArnTail: '' });
    const project = emulator.addProject({ id: 'p' });

    const session = emulator.addSession({ project, id: 's' });

    expect(session).toBe('arn:aws:devicefarm:us-west-2:210987654321:session:p/s');
  });

  const takers = [
    ['GetProject', 'project'],
    ['GetRun', 'run'],
    ['GetJob', 'job'],
    ['GetRemoteAccessSession', 'session'],
    ['ListRuns', 'project'],
    ['ListRemoteAccessSessions', 'project'],
    ['ListJobs', 'run'],
    ['StopJob', 'job'],
    ['StopRun', 'run'],
    ['StopRemoteAccessSession', 'session'],
  ] as const;

  it.each(takers)('2.2 %s refuses a missing ARN', async (operation) => {
    const { status, body } = await startFarm().call(operation, {});

    expect(status).toBe(400);
    expect(textAt(body, '__type')).toBe('ValidationException');
  });

  it.each([
    'nonsense',
    '',
    'arn:aws:devicefarm:us-west-2:123456789012:project/p',
    'arn:aws:dynamodb:us-west-2:123456789012:table:t',
    `arn:aws:devicefarm:us-west-2:123456789012:job:${'x'.repeat(1000)}`,
    'arn:aws:devicefarm:::run:p/r',
  ])('2.2 says that %s is invalid', async (arn) => {
    const { body } = await startFarm().call('GetJob', { arn });

    expect(body).toEqual({ __type: 'ValidationException', message: `Invalid arn ${arn}` });
  });

  it.each(takers)('2.3 %s takes only the ARN of a %s', async (operation, type) => {
    const { emulator, call } = startFarm();
    const project = emulator.addProject();
    const run = emulator.addRun({ project });
    const session = emulator.addSession({ project });
    const arns = [project, run.arn, ...run.jobs, session].filter((arn) => !arn.includes(`:${type}:`));

    const answers = await Promise.all(arns.map((arn) => call(operation, { arn })));

    expect(answers.map(({ body }) => body.__type)).toEqual(arns.map(() => 'ArgumentException'));
    expect(arns).toHaveLength(3);
  });

  const foreign = [
    'arn:aws:devicefarm:us-west-2:999999999999:job:p/r/00000',
    'arn:aws:devicefarm:eu-west-1:123456789012:job:p/r/00000',
  ];

  it.each(foreign)('2.4 does not find %s', async (arn) => {
    const { body } = await startFarm().call('GetJob', { arn });

    expect(textAt(body, '__type')).toBe('NotFoundException');
  });

  it.each(foreign)('2.4 answers %s as the option says', async (arn) => {
    const { body } = await startFarm({ foreignArnError: 'AccessDeniedException' }).call('GetJob', { arn });

    expect(textAt(body, '__type')).toBe('AccessDeniedException');
  });

  it.each(takers)('2.5 %s does not find a %s that was never added', async (operation, type) => {
    const arn = `arn:aws:devicefarm:us-west-2:123456789012:${type}:nothing-at-all`;

    const { body } = await startFarm().call(operation, { arn });

    expect(textAt(body, '__type')).toBe('NotFoundException');
  });

  it('2.5 does not find what was created in another emulator', async () => {
    const elsewhere = startFarm({ seed: 2 }).emulator;
    const { jobs } = elsewhere.addRun({ project: elsewhere.addProject(), created: begin - minute });

    const { body } = await startFarm().call('StopJob', { arn: jobs[0] });

    expect(textAt(body, '__type')).toBe('NotFoundException');
  });
});
