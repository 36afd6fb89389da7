import { createRequire } from 'node:module';
import { dirname } from 'node:path';

/**
 * Directory of this package, where `dist` holds the bundles: found by the package's own name, so that the sources in a
 * clone and the compiled library of an installed package look in the same place.
 */
export function packageRoot(): string {
  return dirname(createRequire(import.meta.url).resolve('aws-device-farm-auto-stop/package.json'));
}
