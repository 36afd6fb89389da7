import { argumentError } from '../errors.ts';
import type { JsonObject } from '../json.ts';
import type { BillingMethod } from '../status.ts';
import { readString } from './read-input.ts';

/** The billing method of a configuration. METERED unless asked otherwise, also for accounts with slots (API reference). */
export function readBillingMethod(configuration: JsonObject): BillingMethod {
  const method = readString(configuration, 'billingMethod') ?? 'METERED';
  if (method === 'METERED' || method === 'UNMETERED') return method;
  throw argumentError(`billingMethod ${method} is neither METERED nor UNMETERED`);
}
