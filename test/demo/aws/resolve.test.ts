// biome-ignore-all lint/suspicious/noTemplateCurlyInString: Fn::Sub writes its variables like this.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { resolve, type Scope } from '../../../demo/aws/resolve.ts';
import { TemplateError } from '../../../demo/aws/template-error.ts';

const scope: Scope = {
  ref: (name) => ({ Table: 'the-table', 'AWS::Region': 'us-west-2' })[name],
  attribute: (id, name) => (id === 'Table' && name === 'Arn' ? 'arn:table' : undefined),
};

describe('resolve', () => {
  it.each([
    [{ Ref: 'Table' }, 'the-table'],
    [{ 'Fn::GetAtt': ['Table', 'Arn'] }, 'arn:table'],
    [{ 'Fn::GetAtt': 'Table.Arn' }, 'arn:table'],
    [
      { 'Fn::Join': ['/', [{ Ref: 'AWS::Region' }, 'x', { 'Fn::GetAtt': ['Table', 'Arn'] }]] },
      'us-west-2/x/arn:table',
    ],
    [{ 'Fn::Join': ['-', ['a', { Ref: 'AWS::NoValue' }, 'b']] }, 'a-b'],
    [{ 'Fn::Sub': 'in ${AWS::Region}: ${Table.Arn} of ${Table}' }, 'in us-west-2: arn:table of the-table'],
    [{ 'Fn::Sub': ['${Own} and ${!Table}', { Own: { Ref: 'Table' } }] }, 'the-table and ${Table}'],
  ])('puts values in the place of %j', (value, expected) => {
    expect(resolve({ deep: [value] }, scope, 'X')).toEqual({ deep: [expected] });
  });

  it('leaves out members and items that are AWS::NoValue', () => {
    const none = { Ref: 'AWS::NoValue' };

    const resolved = resolve({ a: none, b: [1, none, 2] }, scope, 'X');

    expect(resolved).toEqual({ b: [1, 2] });
  });

  it('leaves everything without intrinsic functions as it is', () => {
    const plain = fc.jsonValue().filter((value) => !JSON.stringify(value).match(/"(Ref|Fn::[^"]*)":/));

    fc.assert(
      fc.property(plain, (value) => {
        expect(resolve(value, scope, 'X')).toEqual(value);
      }),
    );
  });

  it.each([
    [{ 'Fn::Select': [0, ['a']] }, /X\.p uses Fn::Select, which is not known here/],
    [{ 'Fn::If': ['C', 1, 2] }, /X\.p uses Fn::If/],
    [{ Ref: 'Nobody' }, /X\.p has Ref of "Nobody", which names nothing/],
    [{ 'Fn::GetAtt': ['Table', 'StreamArn'] }, /Fn::GetAtt of \["Table","StreamArn"\]/],
    [{ 'Fn::Sub': '${Nobody.Arn}' }, /Fn::GetAtt of "Nobody.Arn"/],
    [{ 'Fn::Join': ['', [{ a: 1 }]] }, /X\.p joins \{"a":1\}/],
    [{ 'Fn::Join': 'x' }, /Fn::Join of "x"/],
  ])('refuses %j and says where it stands', (value, message) => {
    expect(() => resolve({ p: value }, scope, 'X')).toThrow(TemplateError);
    expect(() => resolve({ p: value }, scope, 'X')).toThrow(message);
  });
});
