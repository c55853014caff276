import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { ransacLine } from '../tools/figures/ransac-line.mjs'

test('the RANSAC figure is what the library draws today', () => {
  expect(ransacLine()).toBe(readFileSync(path.join(import.meta.dirname, '../docs/figures/ransac-line.svg'), 'utf8'))
})
