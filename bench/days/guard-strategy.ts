import { sweep } from '../../lambda/use-cases/sweep/sweep.ts';
import type { Strategy } from './strategy.ts';

/** The guard: its own sweep, with all that it remembers and writes. */
export const guardStrategy: Strategy = {
  name: 'guard',
  look: ({ ports, begin }, policy, look) =>
    sweep(ports, { policy, policyVersion: 'bench', sweepId: look }, begin()),
};
