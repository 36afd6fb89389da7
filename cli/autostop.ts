import { main } from './main.ts';
import { systemTerminal } from './terminal.ts';

// Whoever reads the output may have seen enough, as `head` has: that is no failure, and the exit code still tells.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

// The SDK's advice to take a newer Node is for whoever writes programs, not for whoever reads a plan.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

// Not `process.exit`: what is written to a pipe must arrive as a whole.
process.exitCode = await main(process.argv.slice(2), systemTerminal());
