import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Candidates, selectionOrder } from './candidates.js'

const candidate = fc.tuple(fc.nat(3), fc.nat(5), fc.nat(5), fc.constantFrom(1, 1.5, 2, 3.25))

function collect(rows: readonly (readonly [number, number, number, number])[]): Candidates {
  const candidates = new Candidates()
  for (const [octave, x, y, level] of rows) candidates.push(octave, x, y, level)
  return candidates
}

const rowsIn = (candidates: Candidates, order: Int32Array) =>
  Array.from(order, (c) => [candidates.octave[c], candidates.x[c], candidates.y[c], candidates.level[c]])

describe('selectionOrder', () => {
  test('is largest first, without duplicates, whatever the order of arrival', () => {
    fc.assert(
      fc.property(fc.array(candidate, { maxLength: 60 }), (rows) => {
        const one = collect(rows)
        const other = collect([...rows].reverse())
        const order = selectionOrder(one)
        expect(rowsIn(one, order)).toEqual(rowsIn(other, selectionOrder(other)))
        expect(order).toHaveLength(new Set(rows.map((row) => row.join())).size)
        const sizes = Array.from(order, (c) => 3 * one.octave[c]! + one.level[c]!)
        for (let i = 1; i < order.length; ++i) {
          const sameOctave = one.octave[order[i]!] === one.octave[order[i - 1]!]
          expect(one.octave[order[i]!]!).toBeLessThanOrEqual(one.octave[order[i - 1]!]!)
          if (sameOctave) expect(sizes[i]!).toBeLessThanOrEqual(sizes[i - 1]!)
        }
      }),
    )
  })
})
