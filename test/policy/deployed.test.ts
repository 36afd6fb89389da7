import { describe, expect, it } from 'vitest';
import { DeployedPolicyError, parseDeployedPolicy } from '../../lambda/policy/deployed.ts';
import { parsePolicy } from '../../lambda/policy/load.ts';
import { policyWith } from './arbitraries.ts';

const policy = parsePolicy(policyWith());

describe('parseDeployedPolicy', () => {
  it('reads the policy and its version as synth wrote them', () => {
    const deployed = { version: 'abc123', policy };

    expect(parseDeployedPolicy(JSON.stringify(deployed))).toEqual(deployed);
  });

  it.each([
    ['is empty', ''],
    ['is no JSON', 'version: 1'],
    ['is null', 'null'],
    ['is a bare policy', JSON.stringify(policy)],
    ['has a policy of a later format', '{"version":"a","policy":{"version":2,"rules":[]}}'],
    ['has no rules', '{"version":"a","policy":{"version":1}}'],
    ['has no version of its own', '{"policy":{"version":1,"rules":[]}}'],
    ['has a version that is no text', '{"version":1,"policy":{"version":1,"rules":[]}}'],
  ])('refuses a text that %s, and says what to do', (_, text) => {
    const reading = () => parseDeployedPolicy(text);

    expect(reading).toThrow(DeployedPolicyError);
    expect(reading).toThrow('deploy the stack again');
    expect(reading).toThrow(expect.objectContaining({ name: 'DeployedPolicyError', code: 'POLICY_FILE' }));
  });
});
