import { type LiveSettings, type LiveState, liveState } from '../../core/stops/live-state.ts';
import type { DeviceFarm } from '../../ports.ts';

/** Asks the service how a job or session stands now. A read that fails is `unreadable`, never `ended`. */
export async function readLive(
  farm: Pick<DeviceFarm, 'job' | 'session'>,
  { kind, arn }: { readonly kind: 'job' | 'session'; readonly arn: string },
  settings: LiveSettings,
): Promise<LiveState> {
  const reading = kind === 'job' ? await farm.job(arn) : await farm.session(arn);
  switch (reading.state) {
    case 'found':
      return liveState(reading.value, settings);
    case 'gone':
      return { state: 'ended', reason: 'it no longer exists' };
    case 'unreadable':
      return { state: 'unreadable', error: reading.error };
  }
}
