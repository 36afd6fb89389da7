import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseArn } from '../lambda/arn.ts';
import { ACCOUNT as account, projectArn as arnOfProject, jobArn, runArn } from './support/samples.ts';

const prefix = `arn:aws:devicefarm:us-west-2:${account}`;
const projectArn = arnOfProject();
const sessionArn = (): string => `${prefix}:session:p1/s1`;

describe('parseArn', () => {
  it.each([
    { arn: projectArn, kind: 'project', runArn: undefined },
    { arn: runArn(), kind: 'run', runArn: runArn() },
    { arn: jobArn(), kind: 'job', runArn: runArn() },
    { arn: sessionArn(), kind: 'session', runArn: undefined },
    { arn: `${sessionArn()}/00000`, kind: 'session', runArn: undefined },
  ])('takes the ARN of a $kind apart', ({ arn, kind, runArn }) => {
    const parsed = parseArn(arn);

    expect(parsed).toEqual({
      arn,
      kind,
      region: 'us-west-2',
      account,
      projectArn,
      ...(runArn ? { runArn } : {}),
    });
  });

  it.each([
    '',
    'arn',
    projectArn.replace(':project:', ':project/'),
    `${projectArn}/x`,
    `${prefix}:run:p1`,
    `${prefix}:run:p1/`,
    `${prefix}:run:p1/r1/00000`,
    `${prefix}:job:p1/r1`,
    `${prefix}:job:p1//00000`,
    `${prefix}:job:p1/r1/00000/00000`,
    `${prefix}:job:123-456-EXAMPLE-GUID`,
    `${prefix}:session:p1`,
    `${prefix}:session:p1/s1/00000/00000`,
    `${prefix}:suite:p1/r1/00000/00000`,
    `${prefix}:toString:p1`,
    'arn:aws:devicefarm:us-west-2::device:EXAMPLE',
    projectArn.replace('arn:aws:', 'arn:aws-cn:'),
    projectArn.replace('devicefarm', 'ec2'),
    projectArn.replace(account, '12345'),
    projectArn.toUpperCase(),
    ` ${projectArn}`,
    `${projectArn} `,
    `${projectArn}\n`,
    `${projectArn}\n${projectArn}`,
    `${prefix}:project:p*`,
    `${prefix}:project:${'p'.repeat(901)}`,
  ])('does not take "%s"', (text) => {
    expect(parseArn(text)).toBeUndefined();
  });

  it('takes the ids of a job back to its run and project', () => {
    const id = fc.stringMatching(/^[A-Za-z0-9._-]{1,40}$/);
    fc.assert(
      fc.property(id, id, id, (project, run, index) => {
        const parsed = parseArn(`${prefix}:job:${project}/${run}/${index}`);

        expect(parsed?.projectArn).toBe(`${prefix}:project:${project}`);
        expect(parsed?.runArn).toBe(`${prefix}:run:${project}/${run}`);
        expect(parseArn(parsed?.projectArn ?? '')?.kind).toBe('project');
        expect(parseArn(parsed?.runArn ?? '')?.kind).toBe('run');
      }),
    );
  });

  it('takes any text or nothing of it, and never throws', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.string().map((text) => prefix + text),
        ),
        (text) => {
          const parsed = parseArn(text);

          expect(parsed === undefined || parsed.arn === text).toBe(true);
        },
      ),
    );
  });
});
