import { PolicyError } from '../../../../lambda/core/policy/policy-error.ts';

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
