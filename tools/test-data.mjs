// Runs the tests on real photos (*.data-test.ts). The photos are found through EPIPOLE_DATA, by default ../shared/data; where
// they are missing this fails rather than passing with nothing run.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { listFiles, root, sourceFolders } from './checks/sources.mjs'

const data = path.resolve(root, process.env.EPIPOLE_DATA ?? '../shared/data')
if (!existsSync(data) || readdirSync(data).length === 0) {
  console.error(`No test data in ${data}: set EPIPOLE_DATA to the folder that holds it (it has a subfolder sfm/).`)
  process.exit(1)
}
const none = !sourceFolders().some((folder) => listFiles(folder, ['.data-test.ts']).length > 0)
const { status } = spawnSync(
  process.execPath,
  [
    path.join(root, 'node_modules/vitest/vitest.mjs'),
    'run',
    '--project',
    'data',
    ...(none ? ['--passWithNoTests'] : []),
    ...process.argv.slice(2),
  ],
  { cwd: root, stdio: 'inherit', env: { ...process.env, EPIPOLE_DATA: data } },
)
process.exit(status ?? 1)
