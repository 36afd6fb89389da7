import { PolicyError } from '../../lambda/policy/faults.ts';
import { parsePolicy, policyFromText } from '../../lambda/policy/load.ts';

/** The refusal that `act` ends in, or undefined when it ends well. Any other error is passed on. */
export function refusalOf(act: () => unknown): PolicyError | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    if (error instanceof PolicyError) return error;
    throw error;
  }
}

/** The lines of the refusal of a value; none when it is a policy. */
export function faultsOf(input: unknown): readonly string[] {
  return refusalOf(() => parsePolicy(input))?.message.split('\n') ?? [];
}

/** The lines of the refusal of a text; none when it is a policy. */
export function textFaultsOf(text: string | Uint8Array): readonly string[] {
  return refusalOf(() => policyFromText(text, 'policy.yaml'))?.message.split('\n') ?? [];
}
