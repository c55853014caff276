import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

test('the core of differentiation is read in one sitting', () => {
  const core = ['tensor.ts', 'op.ts', 'graph.ts', 'tree.ts']
  const reverse = readdirSync(new URL('autodiff', import.meta.url)).filter((f) => !f.includes('.test'))
  const lines = [...core, ...reverse.map((f) => `autodiff/${f}`)].map(
    (file) => readFileSync(new URL(file, import.meta.url), 'utf8').split('\n').length - 1,
  )
  expect(reverse.length).toBeGreaterThan(1)
  expect(lines.reduce((a, b) => a + b, 0)).toBeLessThan(400)
})
