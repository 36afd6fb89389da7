/**
 * What Device Farm says of the account (https://docs.aws.amazon.com/devicefarm/latest/APIReference/API_AccountSettings.html).
 * Every member may be absent.
 */
export interface AccountSettings {
  /** Timeout of jobs whose run and project set none. */
  readonly defaultJobTimeoutMinutes?: number;
  /** Free minutes of the trial, in device minutes: of once and still there. */
  readonly trial?: { readonly total?: number; readonly remaining?: number };
  readonly unmeteredSlots: {
    /** Bought for jobs, by platform such as ANDROID. */
    readonly jobs: Readonly<Record<string, number>>;
    /** Bought for remote access sessions, by platform. */
    readonly sessions: Readonly<Record<string, number>>;
  };
}
