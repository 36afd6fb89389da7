import { describe, expect, it } from 'vitest';
import type { AuditEvent, StoredAuditRecord } from '../../../../lambda/core/audit-record.ts';
import { nextStep } from '../../../../lambda/core/stops/next-step.ts';

const NOW = Date.UTC(2026, 10, 23, 12);
const settings = { now: NOW, confirmWithinMinutes: 10, maxAttempts: 3 };

function record(event: AuditEvent, attempt: number, minutesAgo: number): StoredAuditRecord {
  const at = new Date(NOW - minutesAgo * 60_000).toISOString();
  return {
    subject: 'job',
    id: `00${attempt}#${event}`,
    event,
    attempt,
    actor: 'schedule',
    reason: 'ran 75 min',
    mode: 'enforce',
    policyVersion: 'v',
    at,
    day: at.slice(0, 10),
  };
}

const asked = (attempt: number, minutesAgo: number) => [record('StopRequested', attempt, minutesAgo)];
const accepted = (attempt: number, minutesAgo: number) => [
  ...asked(attempt, minutesAgo),
  record('StopAccepted', attempt, minutesAgo),
];

describe('the next step', () => {
  it.each([
    { history: [], step: { kind: 'wait' } },
    { history: accepted(1, 9.9), step: { kind: 'wait' } },
    { history: accepted(1, 10), step: { kind: 'again', number: 2, accepted: true, waited: 10 } },
    { history: [...accepted(1, 40), ...accepted(2, 10)], step: { kind: 'again', number: 3 } },
    { history: [...accepted(2, 40), ...accepted(3, 9.9)], step: { kind: 'wait' } },
    { history: [...accepted(2, 40), ...accepted(3, 10)], step: { kind: 'lastTry', number: 4 } },
    { history: [...accepted(3, 40), ...accepted(4, 9.9)], step: { kind: 'wait' } },
    { history: [...accepted(3, 40), ...accepted(4, 10)], step: { kind: 'escalate', told: false } },
    { history: [...accepted(3, 40), ...asked(4, 10)], step: { kind: 'lastTry', number: 4 } },
    { history: asked(1, 9.9), step: { kind: 'wait' } },
    { history: asked(1, 10), step: { kind: 'again', number: 1, accepted: false } },
    { history: asked(1, 29.9), step: { kind: 'again', number: 1 } },
    { history: asked(1, 30), step: { kind: 'escalate', accepted: false, told: false } },
    {
      history: [...accepted(3, 1), record('StopEscalated', 3, 1)],
      step: { kind: 'escalate', told: true },
    },
    { history: [record('StopEscalated', 3, 40), ...accepted(4, 1)], step: { kind: 'wait' } },
  ])('after $history.length records is $step.kind', ({ history, step }) => {
    expect(nextStep(history, 'seen', settings)).toMatchObject(step);
  });

  it.each([
    { history: accepted(1, 9.9), kind: 'wait' },
    { history: accepted(1, 10), kind: 'unseen' },
    { history: accepted(1, 29.9), kind: 'unseen' },
    { history: accepted(1, 30), kind: 'escalate' },
    { history: asked(1, 30), kind: 'escalate' },
  ])('never asks again for what cannot be seen: $kind', ({ history, kind }) => {
    expect(nextStep(history, 'unseen', settings).kind).toBe(kind);
  });
});
