import { describe, expect, it } from 'vitest';
import { textOf } from './pages.ts';

const page = textOf('README.md');

describe('the front page', () => {
  it('names every property and every output of the construct', () => {
    const construct = textOf('lib/auto-stop.ts');
    const [props = ''] = construct.split('export class');
    const properties = [...props.matchAll(/^ {2}readonly (\w+)\??: /gm)].map(([, name = '']) => name);
    const outputs = [...construct.matchAll(/^ {6}([A-Z]\w+): this\./gm)].map(([, name = '']) => name);

    expect(outputs.length).toBeGreaterThan(3);
    expect([...properties, ...outputs].filter((name) => !page.includes(name))).toEqual([]);
  });

  it('names every setting of the app', () => {
    const settings = [...textOf('bin/app.ts').matchAll(/setting\(app, '(\w+)'\)/g)].map(
      ([, name = '']) => name,
    );

    expect(settings.length).toBeGreaterThan(2);
    expect(settings.filter((name) => !page.includes(`${name}=`))).toEqual([]);
  });

  it('stays short', () => {
    expect(page.split('\n').length).toBeLessThan(160);
  });
});
