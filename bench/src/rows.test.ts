import fc from 'fast-check'
import { expect, test } from 'vitest'
import { mergeRows, type Row, row, tableLines } from './rows.js'

const none = { name: 'Peer', value: undefined }
const peer = (value: number) => ({ name: 'Peer', value })

test('a bound on our own number needs no peer', () => {
  expect(row('a', 'error', 'mm', 2.9, none, { of: 'ours', atMost: 2.9 })).toEqual({
    case: 'a',
    metric: 'error',
    unit: 'mm',
    ours: 2.9,
    peer: null,
    peerName: 'Peer',
    ratio: null,
    target: '≤ 2.9',
    pass: true,
  })
  expect(row('a', 'error', 'mm', 2.901, none, { of: 'ours', atMost: 2.9 }).pass).toBe(false)
  expect(row('a', 'photos', '', 10, none, { of: 'ours', atLeast: 11 }).pass).toBe(false)
  expect(row('a', 'photos', '', 11, none, { of: 'ours', atLeast: 11 })).toMatchObject({ pass: true, target: '≥ 11' })
})

test('a bound on the ratio passes only with a peer', () => {
  const third = { of: 'ratio', atMost: 1 / 3 } as const
  expect(row('a', 'time', 's', 30, peer(90), third)).toMatchObject({ pass: true, target: 'ratio ≤ 0.333' })
  expect(row('a', 'time', 's', 31, peer(90), third).pass).toBe(false)
  expect(row('a', 'time', 's', 1, none, third)).toMatchObject({ pass: false, ratio: null, peer: null })
  expect(row('a', 'points', '', 9, peer(10), { of: 'ratio', atLeast: 0.9 }).pass).toBe(true)
  expect(row('a', 'points', '', 8.9, peer(10), { of: 'ratio', atLeast: 0.9 }).pass).toBe(false)
})

test('numbers that are none become null and reach no target', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(undefined, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
      fc.constantFrom('ours' as const, 'ratio' as const),
      fc.boolean(),
      (value, of, upper) => {
        const target = upper ? { of, atMost: 1 } : { of, atLeast: 1 }
        const r = row('a', 'm', '', value, peer(1), target)
        expect(r).toMatchObject({ ours: null, ratio: null, pass: false })
        expect(JSON.parse(JSON.stringify(r))).toEqual(r)
      },
    ),
  )
  // A peer's zero gives no ratio either.
  expect(row('a', 'm', '', 1, peer(0), { of: 'ratio', atLeast: 1 })).toMatchObject({ ratio: null, pass: false })
})

test('without a target there is nothing to fail', () => {
  expect(row('a', 'm', '', 1, none, { of: 'nothing' })).toMatchObject({ target: '', pass: true })
})

const plain = (name: string, metric: string, ours: number): Row => row(name, metric, '', ours, none, { of: 'nothing' })

test('a case that ran again replaces all its rows; others stay; order is the table’s', () => {
  const earlier = [plain('a', 'x', 1), plain('a', 'y', 2), plain('c', 'x', 3), plain('gone', 'x', 4)]
  const merged = mergeRows(earlier, [plain('b', 'x', 5), plain('a', 'x', 6)], ['a', 'b', 'c'])
  expect(merged.map((r) => [r.case, r.metric, r.ours])).toEqual([
    ['a', 'x', 6],
    ['b', 'x', 5],
    ['c', 'x', 3],
  ])
})

test('running the parts in any order gives the same rows', () => {
  const order = ['a', 'b', 'c', 'd']
  fc.assert(
    fc.property(fc.shuffledSubarray(order, { minLength: 4 }), fc.integer({ min: 1, max: 3 }), (shuffled, metrics) => {
      const part = (name: string) => Array.from({ length: metrics }, (_, i) => plain(name, `m${i}`, i))
      const merged = shuffled.reduce<Row[]>((rows, name) => mergeRows(rows, part(name), order), [])
      expect(merged).toEqual(order.flatMap(part))
    }),
  )
})

test('the table has a line for each row and says which fail', () => {
  const lines = tableLines([
    row('sets', 'time', 's', 30.123, peer(189.4), { of: 'ratio', atMost: 1 / 3 }),
    row('sets', 'points', '', undefined, none, { of: 'ratio', atLeast: 0.9 }),
    plain('sets', 'memory', 1),
  ])
  expect(lines.map((line) => line.trim().split(/\s{2,}/))).toEqual([
    ['case', 'metric', 'ours', 'peer', 'ratio', 'target'],
    ['sets', 'time (s)', '30.1', '189 Peer', '0.159', 'ratio ≤ 0.333', 'pass'],
    ['sets', 'points', '–', '– Peer', '–', 'ratio ≥ 0.9', 'FAIL'],
    ['sets', 'memory', '1.00', '– Peer', '–'],
  ])
})
