import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

const ALLOCATION = 'packages/*/src/**/allocation.test.ts'

// Tests import their own package by relative path (sources) and every other package by name (its built dist), so build first.
export default defineConfig({
  test: {
    // By default one processor is left alone, which is half of two.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    reporters: ['default', './tools/summary-reporter.mjs'],
    projects: [
      {
        test: {
          name: 'unit',
          setupFiles: ['tools/property-seed.mjs'],
          include: ['packages/*/src/**/*.test.ts', 'samples/src/**/*.test.ts', 'bench/src/**/*.test.ts'],
          exclude: [ALLOCATION],
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'unit-allocation',
          setupFiles: ['tools/property-seed.mjs'],
          include: [ALLOCATION],
          testTimeout: 60_000,
          // Until the optimising compiler has delivered, numbers are boxed. Its own thread may not get to run for long on a busy machine,
          // and only at the start of a process can it be told to compile on the one that waits.
          execArgv: ['--no-concurrent-recompilation'],
        },
      },
      {
        test: {
          name: 'integration',
          setupFiles: ['tools/property-seed.mjs'],
          include: ['tests/**/*.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
      {
        test: {
          name: 'data',
          setupFiles: ['tools/property-seed.mjs'],
          include: ['packages/*/src/**/*.data-test.ts', 'tests/**/*.data-test.ts'],
          testTimeout: 600_000,
          hookTimeout: 300_000,
          fileParallelism: false,
        },
      },
    ],
  },
})
