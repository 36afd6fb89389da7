import type { VirtualClock } from '../../emulator/virtual-clock.ts';
import { readAssembly } from './cloud-assembly.ts';
import { Deployment } from './deployment.ts';
import { planStack } from './plan/stack-plan.ts';
import type { DeviceFarmService } from './stand-ins.ts';

export interface DeployOptions {
  /** Cloud assembly with one stack: the output directory of `cdk synth`. */
  readonly directory: string;
  readonly clock: VirtualClock;
  /** What answers Device Farm calls, such as the emulator on the same clock and account. */
  readonly deviceFarm: DeviceFarmService;
  /** @default '123456789012' */
  readonly account?: string;
  /** @default 'us-west-2' */
  readonly region?: string;
}

/**
 * Deploys a synthesised stack on this machine. What the template says is done, or refused; nothing is taken from elsewhere.
 * @throws TemplateError for anything in the template that would not work here as it does in AWS
 */
export async function deploy(options: DeployOptions): Promise<Deployment> {
  const { directory, clock, deviceFarm, account = '123456789012', region = 'us-west-2' } = options;
  const artifact = await readAssembly(directory);
  const plan = planStack(artifact, { stackName: artifact.stackName, account, region });
  const deployment = new Deployment(plan, clock);
  try {
    await deployment.start(deviceFarm);
    return deployment;
  } catch (error) {
    await deployment.close();
    throw error;
  }
}
