import fc from 'fast-check';
import { expect, it } from 'vitest';
import { assertNever, isPlain, parseObject, plain, quote } from '../lambda/text.ts';

it.each([
  ['a line break', 'a\nb', 'a.b'],
  ['markup', '<b>a</b>', '.b.a./b.'],
  ['an escape sequence', '\u001b[31mred', '.[31mred'],
  ['a change of the direction of writing', 'a\u202eb', 'a.b'],
  ['half of a pair', 'a\ud800', 'a.'],
])('takes %s out of a text from outside', (_, text, shown) => {
  expect(plain(text)).toBe(shown);
  expect(isPlain(text)).toBe(false);
});

it('leaves a name as it is', () => {
  expect(plain('München – nightly #412')).toBe('München – nightly #412');
});

it('cuts a long text and says how long it was', () => {
  expect(plain('x'.repeat(121))).toBe(`${'x'.repeat(120)}... (121 characters)`);
  expect(plain('x'.repeat(120))).toBe('x'.repeat(120));
});

it('shows only the first level of what is nested', () => {
  expect(quote({ a: { b: 1 }, c: [1] })).toBe('{"a":"...","c":"..."}');
  expect(quote({ a: 'x', n: 1, b: true, c: null })).toBe('{"a":"x","n":1,"b":true,"c":null}');
  expect([quote('x'), quote(null), quote(undefined)]).toEqual(['"x"', 'null', 'missing']);
});

it.each([
  ['{"a":1}', { a: 1 }],
  ['{}', {}],
  ['[1]', undefined],
  ['null', undefined],
  ['"a"', undefined],
  ['{', undefined],
  ['', undefined],
])('takes the members of a JSON object and nothing of any other text: %s', (text, members) => {
  expect(parseObject(text)).toEqual(members);
});

it('names the case that a switch leaves out', () => {
  expect(() => assertNever('fortnight' as never)).toThrow('unhandled case: "fortnight"');
});

it('gives back plain text whatever it gets', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => isPlain(plain(text)) && plain(text).length < 200),
  );
});
