import { readFileSync } from 'node:fs';

/** Whether the package in this directory may be published under a tag: `tsx bin/release-check.ts v1.2.3`. One line for each fault. */
const [tag = ''] = process.argv.slice(2);
const { version, repository } = JSON.parse(readFileSync('package.json', 'utf8'));
const sections = readFileSync('CHANGELOG.md', 'utf8').split(/^## /m);
const own = sections.find((section) => /^\[(.*?)\] - \d{4}-\d\d-\d\d\n/.exec(section)?.[1] === version);

const faults = [
  tag !== `v${version}` &&
    `the tag is "${tag}", and package.json has version ${version}; tag the commit v${version}, or change the version`,
  own === undefined &&
    `CHANGELOG.md has no section for ${version}; write "## [${version}] - <YYYY-MM-DD>" above what changed`,
  !repository &&
    'package.json has no repository; add the address of this repository, which npm compares with that of the build for its provenance',
].filter((fault) => typeof fault === 'string');

for (const fault of faults) console.error(fault);
process.exitCode = faults.length > 0 ? 1 : 0;
