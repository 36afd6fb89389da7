import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const here = new URL('.', import.meta.url);
const readme = readFileSync(new URL('../../emulator/README.md', here), 'utf8');
const sources = readdirSync(here)
  .filter((name) => name.endsWith('.test.ts'))
  .map((name) => readFileSync(new URL(name, here), 'utf8'))
  .join('\n');

const sentences = [...readme.matchAll(/^- (\d+\.\d+) /gm)].map(([, number]) => number);
const tested = [...sources.matchAll(/['"`](\d+\.\d+)(?= |['"`])/g)].map(([, number]) => number);

describe('the specification', () => {
  it('numbers each sentence once', () => {
    expect(sentences.length).toBeGreaterThan(60);
    expect(new Set(sentences).size).toBe(sentences.length);
  });

  it('has a test for every sentence', () => {
    expect(sentences.filter((number) => !tested.includes(number))).toEqual([]);
  });

  it('has a sentence for every numbered test', () => {
    expect(tested.filter((number) => !sentences.includes(number))).toEqual([]);
  });
});
