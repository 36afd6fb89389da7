import type { Notifier, Tellings } from '../../ports.ts';

/**
 * Publishes once per key: claimed before, marked told after. A crash in between tells again later; a second caller
 * meanwhile tells nothing.
 * @throws AwsCallError, or what publishing threw; then it counts as untold
 */
export async function tellOnce(
  ports: { readonly tellings: Tellings; readonly notifier: Notifier },
  key: string,
  subject: string,
  text: string,
): Promise<void> {
  if (!(await ports.tellings.claim(key))) return;
  await ports.notifier.publish(subject, text);
  await ports.tellings.told(key);
}
