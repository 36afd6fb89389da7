// The entry of the package, and so the one file that only passes names on.

export { type Fault, PolicyError } from '../lambda/policy/faults.ts';
export type { Policy, PolicyInput } from '../lambda/policy/schema.ts';
export { AutoStop, type AutoStopProps } from './auto-stop.ts';
export { AutoStopStack, type AutoStopStackProps } from './auto-stop-stack.ts';
export {
  type Budget,
  definePolicy,
  type Exemption,
  type Match,
  policyFromFile,
  type Rule,
} from './policy-from-file.ts';
export { type EmailRecipient, SettingError } from './settings.ts';
