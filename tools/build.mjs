// Builds everything: kernels (AssemblyScript → base64 modules), then all packages by `tsc -b`, then what is bundled.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'

const run = (script, args = []) => {
  const { status } = spawnSync(process.execPath, [script, ...args], { stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}
for (const step of ['packages/features/tools/build-kernels.mjs']) if (existsSync(step)) run(step)
run('node_modules/typescript/bin/tsc', ['-b'])
for (const step of ['packages/viewer/tools/bundle.mjs']) if (existsSync(step)) run(step)
