import type { BuildOptions } from 'esbuild';

/** One ES module with everything inside, and names of functions that stay readable in stack traces. */
export const BUNDLE_OPTIONS: BuildOptions = {
  absWorkingDir: import.meta.dirname,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  // Many packages of the SDK ship CommonJS first; their ES modules shake better.
  mainFields: ['module', 'main'],
  // Identifiers stay: without them a bundle is smaller, and no sooner loaded.
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  logLevel: 'warning',
};

/**
 * The same for a function, in several files: what few invocations need is loaded when they need it. Lambda gives it credentials in its environment, so the SDK never gets to import the
 * providers that look elsewhere; they would be a quarter of the bundle.
 */
export const FUNCTION_BUNDLE_OPTIONS: BuildOptions = {
  ...BUNDLE_OPTIONS,
  splitting: true,
  outExtension: { '.js': '.mjs' },
  chunkNames: 'chunk-[hash]',
  external: [
    '@aws-sdk/credential-provider-http',
    '@aws-sdk/credential-provider-ini',
    '@aws-sdk/credential-provider-process',
    '@aws-sdk/credential-provider-sso',
    '@aws-sdk/credential-provider-web-identity',
    '@smithy/credential-provider-imds',
  ],
};

/** The same for the constructs: peers and dependencies are installed beside them. */
export const LIBRARY_BUNDLE_OPTIONS: BuildOptions = {
  ...BUNDLE_OPTIONS,
  external: ['aws-cdk-lib', 'constructs', 'yaml', 'zod'],
  minifySyntax: false,
  minifyWhitespace: false,
};
