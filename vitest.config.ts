import { defineConfig } from 'vitest/config'

// Tests import their own package by relative path (sources) and every other package by name (its built dist), so build first.
export default defineConfig({
  test: {
    reporters: ['default', './tools/summary-reporter.mjs'],
    projects: [
      {
        test: {
          name: 'unit',
          setupFiles: ['tools/property-seed.mjs'],
          include: ['packages/*/src/**/*.test.ts', 'samples/src/**/*.test.ts', 'bench/src/**/*.test.ts'],
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'integration',
          setupFiles: ['tools/property-seed.mjs'],
          include: ['tests/**/*.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          fileParallelism: false,
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
