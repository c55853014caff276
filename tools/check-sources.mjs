// The workspace's own rules, beyond the formatter and linter: fixed bits, hygiene, allowed imports, cycles, export lists, a whole
// lock file.
// `--update-api` writes docs/api/*.txt instead of comparing.
import { checkExports } from './checks/exports.mjs'
import { checkFixedBits, fixedBitsFolders } from './checks/fixed-bits.mjs'
import { checkHygiene } from './checks/hygiene.mjs'
import { checkCycles, checkImports } from './checks/imports.mjs'
import { checkLockfile } from './checks/lockfile.mjs'
import { isTest, listFiles, parse, sourceFolders } from './checks/sources.mjs'

const sources = sourceFolders()
  .flatMap((folder) => listFiles(folder))
  .filter((file) => !file.endsWith('.generated.ts'))
  .map((file) => parse(file))
const inResultPaths = ({ file }) => !isTest(file) && fixedBitsFolders.some((folder) => file.startsWith(`${folder}/`))
const problems = [
  ...sources.filter(inResultPaths).flatMap(checkFixedBits),
  ...sources.flatMap(checkHygiene),
  ...sources.flatMap(checkImports),
  ...checkCycles(sources),
  ...checkLockfile(),
  ...checkExports(process.argv.includes('--update-api')),
]
for (const line of problems) console.error(line)
if (problems.length > 0) {
  console.error(`\n${problems.length} problems in ${sources.length} files`)
  process.exit(1)
}
console.log(`Sources: ${sources.length} files keep the workspace's rules`)
