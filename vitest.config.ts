import { defineConfig } from 'vitest/config';

/** Runners in plenty and thirty sessions: one after the other, when all else is over, or they would time the machine. */
const FLEET = ['tests/faults/fleet.test.ts', 'tests/flow/fleet.test.ts'];

/** Flow and fault tests start real sockets and child processes: two at a time is what two cores carry. */
export default defineConfig({
  test: {
    pool: 'forks',
    maxWorkers: 2,
    // Nothing here is about speed: what is waited for comes when the machine has time for it.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 45_000 } },
    projects: [
      { extends: true, test: { name: 'unit', include: ['tests/unit/**/*.test.ts', 'tests/architecture.test.ts'] } },
      { extends: true, test: { name: 'contracts', include: ['tests/contracts/**/*.test.ts'] } },
      { extends: true, test: { name: 'sandbox', include: ['tests/sandbox/**/*.test.ts'] } },
      { extends: true, test: { name: 'dialects', include: ['tests/dialects/**/*.test.ts'] } },
      {
        extends: true,
        // The CDK is loaded, and the stacks are made, once for all files that a worker runs. Little runs twice here, so
        // Node reads the modules itself, and nobody (esbuild neither) works on being faster or smaller later. The memory
        // of CloudFormation's validation (WebAssembly) would have V8 collect all garbage thirty times.
        test: {
          name: 'infra',
          include: ['tests/infra/**/*.test.ts'],
          isolate: false,
          experimental: { viteModuleRunner: false },
          execArgv: [
            ...['--max-semi-space-size=64', '--min-semi-space-size=32', '--liftoff-only'],
            ...['--external-memory-accounted-in-global-limit', '--disable-warning=ExperimentalWarning'],
          ],
          env: { GOGC: 'off' },
          testTimeout: 120_000,
          hookTimeout: 180_000,
        },
      },
      {
        extends: true,
        test: { name: 'flow', include: ['tests/flow/**/*.test.ts'], exclude: FLEET, testTimeout: 120_000 },
      },
      {
        extends: true,
        test: { name: 'faults', include: ['tests/faults/**/*.test.ts'], exclude: FLEET, testTimeout: 180_000 },
      },
      {
        extends: true,
        test: {
          name: 'browser',
          include: ['tests/browser/**/*.test.ts'],
          globalSetup: ['tests/support/built-dashboard.ts'],
          testTimeout: 120_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'fleet',
          include: FLEET,
          fileParallelism: false,
          maxWorkers: 1,
          testTimeout: 180_000,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
