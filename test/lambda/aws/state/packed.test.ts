import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pack, unpack } from '../../../../lambda/aws/state/packed.ts';

describe('pack', () => {
  it('gives back what was packed', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const same: unknown = JSON.parse(JSON.stringify(value));

        expect(unpack(pack(value))).toEqual(same);
      }),
    );
  });

  it('makes much of the same small', () => {
    const many = Array(10_000).fill({ project: 'mobile', run: 'nightly' });

    expect(pack(many).byteLength).toBeLessThan(4_000);
  });
});

describe('unpack', () => {
  const whole = pack({ a: Array.from({ length: 100 }, (_, index) => index) });

  it.each([
    { what: 'nothing', packed: undefined },
    { what: 'a text', packed: 'text' },
    { what: 'other bytes', packed: new Uint8Array([1, 2, 3]) },
    { what: 'no bytes', packed: new Uint8Array() },
    { what: 'bytes that were cut off', packed: whole.slice(0, -10) },
    { what: 'gzip of no JSON', packed: gzipSync('{') },
  ])('gives nothing for $what', ({ packed }) => {
    expect(unpack(packed)).toBeUndefined();
  });
});
