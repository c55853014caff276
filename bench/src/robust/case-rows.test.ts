import { expect, test } from 'vitest'
import { caseRows } from './case-rows.js'

const none = Number.POSITIVE_INFINITY
const scored = (...errors: number[]) => ({ errors, ms: errors.map((_, i) => i + 1) })

test('success is to be no lower than the peer’s or the absolute bound, error no larger where both succeed', () => {
  const ours = scored(1, 2, 3, 9)
  const rows = caseRows(
    'case',
    'E',
    ours,
    { USAC_MAGSAC: scored(2, none, 1, 4), USAC_ACCURATE: scored(none, none, none, 8) },
    { least: 70 },
  )
  const of = (peer: string, metric: string) => rows.find((r) => r.peerName === peer && r.metric.startsWith(metric))
  expect(of('OpenCV USAC_MAGSAC', 'found')).toMatchObject({ ours: 75, peer: 75, target: '≥ 75', pass: true })
  // Both found the first and the third: medians of (1, 3) and (2, 1).
  expect(of('OpenCV USAC_MAGSAC', 'median error')).toMatchObject({ ours: 2, peer: 1.5, pass: false })
  expect(of('OpenCV USAC_ACCURATE', 'found')).toMatchObject({ ours: 75, peer: 0, target: '≥ 70', pass: true })
  // Where the peer found nothing there is nothing to compare.
  expect(of('OpenCV USAC_ACCURATE', 'median error')).toMatchObject({ ours: null, peer: null, target: '' })
  expect(of('OpenCV USAC_MAGSAC', 'time, median')).toMatchObject({ ours: 2.5, peer: 2.5 })
})

test('a peer that did not run bounds nothing; ours has its own bound', () => {
  const rows = caseRows('case', 'H', scored(1, 9), {}, { least: 99 })
  expect(rows[0]).toMatchObject({
    ours: 50,
    peer: null,
    peerName: 'OpenCV USAC_MAGSAC, not run',
    target: '≥ 99',
    pass: false,
  })
})

test('time is bound where it is asked for, beside USAC_MAGSAC alone', () => {
  const rows = caseRows(
    'case',
    'E',
    scored(1, 1),
    { USAC_MAGSAC: scored(1), USAC_ACCURATE: scored(1) },
    { timed: true },
  )
  const times = rows.filter((r) => r.metric.startsWith('time, median'))
  expect(times.map((r) => [r.target, r.pass])).toEqual([
    ['ratio ≤ 1', false],
    ['', true],
    ['', true],
  ])
})
