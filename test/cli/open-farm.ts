import { onTestFinished } from 'vitest';
import { DeviceFarmEmulator } from '../../emulator/emulator.ts';
import { NOW } from './run-autostop.ts';
import { useEnvironment } from './use-environment.ts';

/** An emulator at NOW that answers the SDK of this process until the test ends. */
export async function openFarm(): Promise<DeviceFarmEmulator> {
  const emulator = new DeviceFarmEmulator({ now: () => NOW, throttle: false, pageSize: 3 });
  const { url, close } = await emulator.listen();
  onTestFinished(close);
  useEnvironment({
    AWS_ENDPOINT_URL_DEVICE_FARM: url,
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
  });
  return emulator;
}
