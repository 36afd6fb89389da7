import { join } from 'node:path';
import { synthesise } from './synthesise.ts';
import { isBuilt } from './is-built.ts';

// Started as a process of its own: building and synthesising print what nobody asked for, and take their memory with them.
const [policyFile, directory] = process.argv.slice(2);
if (policyFile === undefined || directory === undefined) {
  throw new Error('usage: prepare.ts <policy file> <directory for the cloud assembly>');
}
if (!(await isBuilt(join(import.meta.dirname, '../..')))) await import('../build.ts');
synthesise(policyFile, directory);
