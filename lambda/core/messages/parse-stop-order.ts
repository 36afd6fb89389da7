import { type MessageContext, quote, rejected, type Target, type Understanding } from './command.ts';
import { faultOfKeys, faultOfTexts, type OrderBody, parseArnTarget, wording } from './order-fields.ts';

const KEYS = ['action', 'target', 'reason', 'requestedBy', 'include', 'confirm', 'ignoreExemptions'];
const TARGET_HELP = 'the ARN of a job, run, session or project, or "account"';

/** Reads an order to stop, sent at `sentAt` (epoch milliseconds). */
export function parseStopOrder(
  body: OrderBody,
  { accountId }: MessageContext,
  sentAt: number,
): Understanding {
  const unknown = faultOfKeys(body, KEYS);
  if (unknown !== undefined) return rejected(unknown);
  const { target, include = 'all', confirm, ignoreExemptions = false } = body;
  if (include !== 'queued' && include !== 'all')
    return rejected(`include is ${quote(include)}; allowed: "queued", "all"`);
  if (typeof ignoreExemptions !== 'boolean') {
    return rejected(`ignoreExemptions is ${quote(ignoreExemptions)}; allowed: true, false`);
  }
  const fault = faultOfTexts(body);
  if (fault !== undefined) return rejected(fault);
  const aim = parseTarget(target, confirm, accountId);
  if (typeof aim === 'string') return rejected(aim);
  return {
    kind: 'stop',
    command: { target: aim, include, from: 'operator', reason: wording(body), ignoreExemptions, sentAt },
  };
}

/** The target, or what is wrong with it. */
function parseTarget(target: unknown, confirm: unknown, accountId: string): Target | string {
  if (target === 'account') {
    if (confirm === accountId) return { kind: 'account', account: accountId };
    return `target "account" needs confirm to be this account's id; it is ${quote(confirm)}`;
  }
  if (confirm !== undefined) return `confirm goes only with target "account"; target is ${quote(target)}`;
  return parseArnTarget(target, accountId, TARGET_HELP);
}
