/// <reference types="vite/client" />
import { startTests, type VitestRunner, type VitestRunnerConfig } from '@vitest/runner'
import fc from 'fast-check'
import { EXCLUDED } from './excluded.js'

const ROOT = '../../packages/geometry/src/'
const modules = import.meta.glob<unknown>('../../packages/geometry/src/**/*.test.ts')

export interface FileOutcome {
  readonly file: string
  readonly passed: number
  /** Anything else than a pass, with its reason. */
  readonly failed: readonly string[]
}

// As tools/property-seed.mjs does for Node.
fc.configureGlobal({ seed: 1 })

const config: VitestRunnerConfig = {
  root: '/',
  setupFiles: [],
  name: 'browser',
  passWithNoTests: false,
  testNamePattern: undefined,
  allowOnly: false,
  sequence: { seed: 1, hooks: 'stack', setupFiles: 'list' },
  chaiConfig: undefined,
  maxConcurrency: 1,
  testTimeout: 120_000,
  hookTimeout: 120_000,
  retry: 0,
  includeTaskLocation: false,
  tags: [],
  tagsFilter: undefined,
  strictTags: false,
}

const runner: VitestRunner = { config, importFile: (path: string) => modules[ROOT + path]!() }

type Task = Awaited<ReturnType<typeof startTests>>[number]['tasks'][number]

const leaves = (task: Task): Task[] => (task.type === 'suite' ? task.tasks.flatMap(leaves) : [task])

async function runUnitTests(): Promise<FileOutcome[]> {
  const paths = Object.keys(modules)
    .map((path) => path.slice(ROOT.length))
    .filter((path) => !(path in EXCLUDED))
  const files = await startTests(paths, runner)
  return files.map(({ filepath, tasks, result }) => {
    const all = tasks.flatMap(leaves)
    const bad = all.filter((task) => task.result?.state !== 'pass')
    const why = (task: { result?: Task['result'] }) =>
      task.result?.errors?.[0]?.message ?? task.result?.state ?? 'not run'
    const own = result?.errors?.length ? [`the file: ${result.errors[0]?.message}`] : []
    return {
      file: filepath,
      passed: all.length - bad.length,
      failed: [...own, ...bad.map((t) => `${t.name}: ${why(t)}`)],
    }
  })
}

Object.assign(globalThis, { runUnitTests })
