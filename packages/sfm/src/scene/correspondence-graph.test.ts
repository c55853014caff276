import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { correspondenceGraph } from './correspondence-graph.js'

describe('correspondenceGraph', () => {
  it('is symmetric, sorted, and has two entries a match', () => {
    const matchesOf = fc.uniqueArray(fc.tuple(fc.nat(4), fc.nat(4)), { selector: ([i, j]) => `${i} ${j}` })
    fc.assert(
      fc.property(fc.tuple(matchesOf, matchesOf, matchesOf), ([ab, ac, bc]) => {
        const flat = (m: [number, number][]) => Uint32Array.from(m.flat())
        const graph = correspondenceGraph(
          [5, 5, 5],
          [
            { a: 0, b: 1, matches: flat(ab) },
            { a: 0, b: 2, matches: flat(ac) },
            { a: 1, b: 2, matches: flat(bc) },
          ],
        )
        const row = (f: number) => [...graph.neighbors.subarray(graph.rows[f], graph.rows[f + 1])]
        expect(graph.neighbors.length).toBe(2 * (ab.length + ac.length + bc.length))
        for (let f = 0; f < 15; f++) {
          expect(row(f)).toEqual([...row(f)].sort((x, y) => x - y))
          for (const g of row(f)) expect(row(g)).toContain(f)
          expect(graph.photoOf[f]).toBe(Math.floor(f / 5))
        }
        for (const [i, j] of ab) expect(row(i)).toContain(5 + j)
        for (const [i, j] of bc) expect(row(5 + i)).toContain(10 + j)
      }),
    )
  })
})
