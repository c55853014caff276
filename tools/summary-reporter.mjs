// A Vitest reporter: at the end one line alone, `N passed, N failed`. With EPIPOLE_TEST_SUMMARY=<file> it adds the counts to
// those of earlier runs, which are kept in that file.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'

export default class SummaryReporter {
  onTestRunEnd(modules, errors) {
    let passed = 0
    let failed = errors.length
    for (const module of modules) {
      // A file that fails as a whole, e.g. to import, has no tests to count.
      failed += module.errors().length
      for (const test of module.children.allTests()) {
        const { state } = test.result()
        if (state === 'passed') passed++
        else if (state === 'failed') failed++
      }
    }
    const file = process.env.EPIPOLE_TEST_SUMMARY
    const before = file && existsSync(file) ? /^(\d+) passed, (\d+) failed/.exec(readFileSync(file, 'utf8')) : null
    const line = `${passed + Number(before?.[1] ?? 0)} passed, ${failed + Number(before?.[2] ?? 0)} failed`
    if (file) writeFileSync(file, `${line}\n`)
    // Last of all, after the default reporter's own summary.
    process.once('exit', () => console.log(line))
  }
}
