import { describe, expect, it } from 'vitest';
import {
  EXEMPT_TAG,
  findingOfTags,
  findingOfUnreadable,
} from '../../../../lambda/core/steering/exempt-tag.ts';

const NOW = Date.UTC(2026, 10, 23, 12);
const RUN = 'arn:aws:devicefarm:us-west-2:123456789012:run:p/r';

describe('findingOfTags', () => {
  it.each([
    ['no tags', {}],
    ['other tags', { team: 'mobile', 'autostop:exempt': '2026-12-01T00:00:00Z' }],
    ['an end that is now', { [EXEMPT_TAG]: '2026-11-23T12:00:00Z' }],
    ['an end that has passed', { [EXEMPT_TAG]: '2026-11-23T11:59:59Z' }],
  ])('finds nothing in %s', (_, tags) => {
    const finding = findingOfTags(RUN, tags, NOW);

    expect(finding).toEqual({});
  });

  it('finds an end to come, with its offset', () => {
    const finding = findingOfTags(RUN, { [EXEMPT_TAG]: ' 2026-11-23T13:00:01+01:00 ' }, NOW);

    expect(finding).toEqual({
      protection: {
        id: 'tag',
        target: RUN,
        sentence: `tag autostop:exempt-until of ${RUN}: 2026-11-23T13:00:01+01:00`,
      },
    });
  });

  it.each(['', 'tomorrow', '2026-12-01', '2026-02-30T00:00:00Z'])('keeps, and reports %j', (value) => {
    const { protection, problem } = findingOfTags(RUN, { [EXEMPT_TAG]: value }, NOW);

    expect(protection).toMatchObject({ target: RUN });
    expect(problem).toContain(`is "${value}"; write an ISO 8601 time`);
  });

  it('keeps, and reports, what could not be read', () => {
    const { protection, problem } = findingOfUnreadable(RUN, { name: 'Oops', message: 'no', kind: 'other' });

    expect(protection).toMatchObject({ target: RUN, sentence: expect.stringContaining('Oops: no') });
    expect(problem).toBe(`tags of ${RUN} could not be read (Oops: no); its work is kept`);
  });
});
