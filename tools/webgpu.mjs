// Runs every operation of graphs on WebGPU in headless Chromium and writes docs/graph-webgpu.md:
//   npm run webgpu [-- SECONDS [OPERATION …]]
// What is not done after the time (by default 600 s), or where there is no adapter, is listed as not run. With operations by name,
// only those are run, and nothing is written.
import path from 'node:path'
import { runnerImport } from 'vite'
import { root } from './checks/sources.mjs'

const seconds = Number(process.argv[2] ?? 600)
if (!(seconds > 0)) {
  console.error('Usage: npm run webgpu [-- SECONDS [OPERATION …]]')
  process.exit(2)
}
const { module } = await runnerImport(path.join(root, 'tests/graph/webgpu.ts'))
await module.main(seconds, process.argv.slice(3))
