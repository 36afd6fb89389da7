import { App, type Environment, Stage } from 'aws-cdk-lib';
import { AutoStopStack, definePolicy, type Policy, type PolicyInput } from 'aws-device-farm-auto-stop';

/** The policy of every account. */
const COMMON: PolicyInput = {
  version: 1,
  mode: 'enforce',
  timezone: 'Europe/Berlin',
  rules: [
    { id: 'long-jobs', type: 'job-duration', maxMinutes: 60 },
    { id: 'stuck-queue', type: 'queue-age', maxMinutes: 180 },
    {
      id: 'daily-budget',
      type: 'budget',
      period: 'day',
      limit: { usd: 50 },
      thresholds: [
        { percent: 80, action: 'notify' },
        { percent: 100, action: 'stop-queued' },
      ],
    },
  ],
};

interface Account {
  /** Name of its stage; mails call the account so. */
  readonly name: string;
  /** The region of the stack. Device Farm is asked in us-west-2 from there. */
  readonly env: Required<Environment>;
  readonly email: string;
  /** What differs from COMMON. A rule replaces the rule with the same id. */
  readonly policy?: Partial<PolicyInput>;
}

const ACCOUNTS: readonly Account[] = [
  {
    name: 'Mobile',
    env: { account: '111111111111', region: 'us-west-2' },
    email: 'mobile@example.com',
  },
  {
    name: 'Shop',
    env: { account: '222222222222', region: 'eu-central-1' },
    email: 'shop@example.com',
    policy: { rules: [{ id: 'long-jobs', type: 'job-duration', maxMinutes: 120 }] },
  },
  {
    name: 'Sandbox',
    env: { account: '333333333333', region: 'us-west-2' },
    email: 'platform@example.com',
    policy: { mode: 'observe' },
  },
];

function policyOf({ rules = [], ...others }: Partial<PolicyInput> = {}): Policy {
  const replaced = new Set(rules.map(({ id }) => id));
  const common = COMMON.rules.filter(({ id }) => !replaced.has(id));
  return definePolicy({ ...COMMON, ...others, rules: [...common, ...rules] });
}

const app = new App();
for (const { name, env, email, policy } of ACCOUNTS)
  new AutoStopStack(new Stage(app, name, { env }), 'AutoStop', {
    policy: policyOf(policy),
    accountName: name,
    notificationEmail: email,
  });
