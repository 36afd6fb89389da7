import { describe, expect, it } from 'vitest';
import { listen } from '../../emulator/server.ts';
import { runAutostop, useEnvironment } from './support.ts';

/** CloudFormation with stacks of these names, each with the outputs of an AutoStop or with none. */
async function withStacks(stacks: Readonly<Record<string, boolean>>): Promise<void> {
  const member = (text: string) => `<member>${text}</member>`;
  const output = (key: string) =>
    member(`<OutputKey>${key}</OutputKey><OutputValue>${key}-value</OutputValue>`);
  const outputs = ['AuditTableName', 'StateTableName', 'ManualStopTopicArn'].map(output).join('');
  const body = Object.entries(stacks).map(([name, isOurs]) =>
    member(`<StackName>${name}</StackName><Outputs>${isOurs ? outputs : ''}</Outputs>`),
  );
  const { url } = await listen(0, (_, response) => {
    response.writeHead(200, { 'content-type': 'text/xml' });
    response.end(
      `<DescribeStacksResponse><DescribeStacksResult><Stacks>${body.join('')}</Stacks></DescribeStacksResult></DescribeStacksResponse>`,
    );
  });
  useEnvironment({ AWS_ENDPOINT_URL_CLOUDFORMATION: url });
}

describe('the stack that a command is about', () => {
  it.each([
    [
      'none at all',
      { other: false },
      [],
      'there is no AutoStop in us-west-2; set AWS_REGION and AWS_PROFILE',
    ],
    ['several', { one: true, two: true }, [], 'there are one, two in us-west-2; give --stack <name> or set'],
    [
      'another than was named',
      { one: true },
      ['--stack', 'two'],
      'stack "two" has no AutoStop in us-west-2: there are one',
    ],
    ['one of something else', { one: true, web: false }, ['--stack', 'web'], 'stack "web" has no AutoStop'],
  ])('is told in a sentence: %s', async (_, stacks, args, sentence) => {
    await withStacks(stacks);

    const { code, err } = await runAutostop(['status', ...args]);

    expect(code).toBe(2);
    expect(err).toContain(sentence);
  });

  it('is the only one', async () => {
    await withStacks({ one: true, web: false });

    const { err } = await runAutostop(['pause', '--dry-run']);

    expect(err).toContain('topic "ManualStopTopicArn-value" is not the ARN of an SNS topic');
  });

  it('says what to do when AWS does not answer', async () => {
    useEnvironment({ AWS_ENDPOINT_URL_CLOUDFORMATION: 'http://127.0.0.1:1', AWS_MAX_ATTEMPTS: '1' });

    const { code, err } = await runAutostop(['status']);

    expect(code).toBe(1);
    expect(err).toContain('AWS could not be reached');
  });
});
