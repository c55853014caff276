import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { readResults } from './results.js'
import { noPeer, row } from './rows.js'
import { withTimes } from './solvers-table.js'

const readme = readFileSync(new URL('../../packages/geometry/README.md', import.meta.url), 'utf8')

test('the times in the README are those of the last run', () => {
  const { rows } = readResults('solvers')
  expect(rows.length).toBeGreaterThan(5)
  expect(withTimes(readme, rows)).toBe(readme)
})

test('a run writes its times into the table, and only there', () => {
  const table = '| `p3p` | 3 points | ≤ 4 | 0.4 |\n| `p4pf` (any) | 4 | ≤ 8 | |\n| `other` | | | 1 |\n'
  const rows = [
    row('P3P', 'time', 'µs', 1.26, noPeer, { of: 'nothing' }),
    row('P4Pf', 'time', 'µs', 7, noPeer, { of: 'nothing' }),
  ]
  expect(withTimes(table, rows)).toBe(
    '| `p3p` | 3 points | ≤ 4 | 1.3 |\n| `p4pf` (any) | 4 | ≤ 8 | 7.0 |\n| `other` | | | 1 |\n',
  )
  expect(() => withTimes('', rows)).toThrow('P3P')
})
