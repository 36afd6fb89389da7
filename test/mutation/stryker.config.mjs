/** Mistakes in the pure folders, each against the tests of these folders. */
export default {
  plugins: [new URL('node_modules/@stryker-mutator/vitest-runner/dist/src/index.js', import.meta.url).href],
  testRunner: 'vitest',
  vitest: { configFile: 'test/mutation/vitest.config.ts' },
  mutate: [
    'lambda/rules/**/*.ts',
    'lambda/policy/**/*.ts',
    'lambda/usage/**/*.ts',
    'lambda/{money,time,arn,text}.ts',
  ],
  coverageAnalysis: 'perTest',
  // What runs only while a module loads, such as schemas and tables of constants, would need all tests for each mistake.
  ignoreStatic: true,
  concurrency: 1,
  timeoutMS: 20_000,
  ignorePatterns: ['dist', 'cdk.out', 'test/mutation/node_modules'],
  tempDirName: '.stryker-tmp',
  reporters: ['clear-text', 'json'],
  jsonReporter: { fileName: 'test/mutation/report.json' },
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
};
