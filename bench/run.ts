import { benchColdStart } from './cold-start.ts';
import { benchSweeps } from './sweeps.ts';

await benchSweeps();
await benchColdStart();
