import type { Operation } from './call.ts';

/** Limits, trial minutes and slots of the account. */
export const getAccountSettings: Operation = ({ options }) => ({
  accountSettings: {
    awsAccountNumber: options.accountId,
    unmeteredDevices: { ...options.slots.unmeteredAutomation },
    unmeteredRemoteAccessDevices: { ...options.slots.unmeteredRemoteAccess },
    maxJobTimeoutMinutes: options.account.maxJobTimeoutMinutes,
    defaultJobTimeoutMinutes: options.account.defaultJobTimeoutMinutes,
    trialMinutes: { ...options.account.trialMinutes },
    maxSlots: {},
  },
});
