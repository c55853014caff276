import { expect, test } from 'vitest'
import type { ReconstructReport, Verdict } from './report.js'
import { formatCount, formatSeconds, formatValue, formatVerdict, refusalGroups, summaryLines } from './summary.js'

test.each([
  [0, '0'],
  [999, '999'],
  [1000, '1 000'],
  [9045, '9 045'],
  [1234567, '1 234 567'],
])('%d is written %s', (n, text) => {
  expect(formatCount(n).replace(/\u202f/g, ' ')).toBe(text)
})

test.each([
  [0.04, '0.0 s'],
  [9.94, '9.9 s'],
  [9.96, '10 s'],
  [59.6, '1 min 00 s'],
  [185, '3 min 05 s'],
  [3599.6, '1 h 00 min'],
  [7440, '2 h 04 min'],
])('%d s is written %s', (s, text) => {
  expect(formatSeconds(s)).toBe(text)
})

test('numbers of a verdict', () => {
  const v: Verdict = { test: 'small-angle', value: 0.412345, threshold: 1.5, unit: 'deg', text: '' }
  expect(formatVerdict(v)).toBe('small-angle: 0.4123 deg, threshold 1.5 deg')
  expect(formatVerdict({ ...v, test: 'few', value: 12, threshold: 15, unit: 'count' })).toBe('few: 12, threshold 15')
  expect(formatValue(12345678)).toBe('1.23e+7')
})

test('groups of refusals, the most frequent first, ties by name', () => {
  const v = (test: string): { verdict: Verdict } => ({
    verdict: { test, value: 1, threshold: 2, unit: '', text: test },
  })
  const groups = refusalGroups([v('b'), {}, v('a'), v('c'), v('c')])
  expect(groups.map((g) => [g.test, g.count])).toEqual([
    ['c', 2],
    ['a', 1],
    ['b', 1],
  ])
})

test('the end of a run says what was refused and why, and that scale is arbitrary', () => {
  const photo = {
    width: 1,
    height: 1,
    orientation: 1,
    cameraId: 1,
    focal: { px: 1, source: 'default' },
    features: 1,
  } as const
  const report: ReconstructReport = {
    format: 'epipole-report',
    version: 1,
    epipole: '0',
    verdict: { word: 'good', reason: 'Well done.' },
    seed: 1,
    options: {},
    photos: [
      { name: 'a.jpg', ...photo, status: 'registered' },
      { name: 'b.jpg', ...photo, status: 'registered' },
      {
        name: 'c.jpg',
        ...photo,
        status: 'refused',
        verdict: { test: 'truncated-file', value: 10, threshold: 20, unit: 'bytes', text: 'It ends early.' },
      },
    ],
    pairs: [],
    models: [
      {
        photos: 2,
        points: 1500,
        observations: 3000,
        meanTrackLength: 2,
        pointsThreeViews: 0,
        meanError: 0.5,
        cameras: [],
        flags: [],
      },
    ],
    stages: [
      { name: 'features', seconds: 2, items: 3, reused: 0 },
      { name: 'mapping', seconds: 3, items: 3, reused: 0 },
    ],
  }
  expect(summaryLines(report).map((l) => l.replace(/\u202f/g, ' '))).toEqual([
    'good: Well done.',
    'photos: 2 of 3 registered, 1 refused',
    'model: 2 photos, 1 500 points (0 seen by 3 or more), mean track 2.00, mean error 0.50 px',
    'refused: c.jpg: It ends early. (truncated-file: 10 bytes, threshold 20 bytes)',
    'scale is arbitrary: photos alone cannot tell metres',
    'time: 5.0 s',
  ])
})
