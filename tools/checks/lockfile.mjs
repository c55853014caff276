// `npm ci` refuses a lock file that lacks an optional package, even one for another platform; npm may write such a file where
// its registry does not have them.
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { root } from './sources.mjs'

export function checkLockfile(lock = JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8'))) {
  const installed = Object.keys(lock.packages)
  const problems = []
  for (const [at, { optionalDependencies = {} }] of Object.entries(lock.packages)) {
    for (const name of Object.keys(optionalDependencies)) {
      if (installed.some((place) => place.endsWith(`node_modules/${name}`))) continue
      problems.push(
        `package-lock.json:1:1 lacks ${name}, an optional dependency of ${at || 'the workspace'}: npm ci will refuse it`,
      )
    }
  }
  return problems
}
