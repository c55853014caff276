import { readFileSync } from 'node:fs'
import { EpipoleError } from '@epipole/core'
import { expect, test } from 'vitest'
import { EXIT_CODES, exitCodeOf } from './exit-codes.js'

test('each kind of error has its exit code; what is no EpipoleError is a bug', () => {
  const codes = (['usage', 'input', 'io', 'unsupported', 'internal', 'aborted'] as const).map((code) =>
    exitCodeOf(new EpipoleError(code, 'x')),
  )
  expect(codes).toEqual([2, 3, 4, 5, 70, 130])
  expect(exitCodeOf(new TypeError('x'))).toBe(70)
  expect(exitCodeOf('x')).toBe(70)
})

test("the README's table is this table", () => {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')
  const rows = [...readme.matchAll(/^\| (\d+) \| (.*) \|$/gm)].map(([, code, meaning]) => ({
    code: Number(code),
    meaning,
  }))
  expect(rows).toEqual(EXIT_CODES.map(({ code, meaning }) => ({ code, meaning })))
})
