import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // It sets TZ, which worker threads do not take.
    testNamePattern: /^(?!.*time zone of the machine)/,
    include: [
      'test/{rules,policy,usage}/**/*.test.ts',
      'test/{money,time,arn,text}.test.ts',
      'test/docs/policy.test.ts',
      'test/sweep/inventory-settle.test.ts',
      'test/sweep/project-memory.test.ts',
      'test/cli/policy-check.test.ts',
    ],
  },
});
