// The entry of the package, and so the one file that only passes names on.

export { PolicyError } from '../lambda/core/policy/policy-error.ts';
export type { Policy, PolicyInput } from '../lambda/core/policy/schema.ts';
export { AutoStop } from './auto-stop.ts';
export type { AutoStopProps } from './auto-stop-props.ts';
export type { AutoStopStackProps } from './auto-stop-stack.ts';
export { AutoStopStack } from './auto-stop-stack.ts';
export { policyFromFile } from './policy-from-file.ts';
export { SettingError } from './setting-error.ts';
