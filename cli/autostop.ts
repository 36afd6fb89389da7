import { main } from './main.ts';
import { systemTerminal } from './terminal.ts';

// A reader such as `head` may close the pipe early. That is no failure, and the exit code stays.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

// The SDK's warning about the Node version is for developers. Users of this command cannot act on it.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

// Not `process.exit`: what is written to a pipe must arrive as a whole.
process.exitCode = await main(process.argv.slice(2), systemTerminal());
