import { ndArray } from '@epipole/graph'
import { expect, test } from 'vitest'
import { run } from '../run.test-support.js'
import { dropout, dropPath } from './dropout.js'
import { residual } from './residual.js'
import { sequential } from './sequential.js'

const ones = (...shape: number[]) => ndArray(new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(1), shape)
const mean = (a: { data: ArrayLike<number> }) => Array.from(a.data).reduce((s, v) => s + v, 0) / a.data.length

test('keeps about 1 − rate, scaled so that the mean stays; in use it does nothing', () => {
  const x = ones(100, 100)
  const { data } = run(dropout(0.3), x, { training: true })
  expect([...new Set(data)].sort()).toEqual([0, Math.fround(1 / 0.7)])
  expect(Math.abs(mean({ data }) - 1)).toBeLessThan(0.02)
  expect(run(dropout(0.3), x)).toEqual(x)
  expect(run(dropout(0.3), x, { training: true, seed: 1 })).toEqual({ ...x, data })
  expect(run(dropout(0.3), x, { training: true, seed: 2 }).data).not.toEqual(data)
})

test('scaled in use it is the inverted form times 1 − rate, in both modes: the same network up to a constant', () => {
  const x = ndArray(
    Float32Array.from({ length: 60 }, (_, i) => Math.sin(i)),
    [6, 10],
  )
  for (const training of [true, false]) {
    const inverted = run(dropout(0.4), x, { training })
    const published = run(dropout(0.4, { scaled: 'use' }), x, { training })
    published.data.forEach((v, i) => {
      expect(v).toBeCloseTo(inverted.data[i] * 0.6, 6)
    })
  }
})

test('drop path leaves out whole examples', () => {
  const { data } = run(dropPath(0.5), ones(400, 2, 3), { training: true })
  const rows = Array.from({ length: 400 }, (_, i) => new Set(data.slice(6 * i, 6 * i + 6)))
  expect(rows.every((row) => row.size === 1)).toBe(true)
  expect(Math.abs(rows.filter((row) => row.has(2)).length / 400 - 0.5)).toBeLessThan(0.08)
  const block = residual((x) => x, { dropPath: 0.5 })
  expect([...new Set(run(block, ones(50, 2), { training: true }).data)].sort()).toEqual([1, 3])
  expect([...new Set(run(block, ones(50, 2)).data)]).toEqual([2])
})

test('two in a row draw different masks; a rate outside [0, 1) is refused', () => {
  const { data } = run(sequential(dropout(0.5), dropout(0.5)), ones(1000), { training: true })
  expect(Math.abs(Array.from(data).filter((v) => v === 4).length / 1000 - 0.25)).toBeLessThan(0.05)
  for (const rate of [1, -0.1, Number.NaN]) expect(() => dropout(rate)).toThrow('it must be in [0, 1)')
})
