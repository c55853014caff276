import { expect, test } from 'vitest'
import { judge, largestModel, qualityChecks } from './judge.js'
import type { ModelReport, PhotoReport, Verdict } from './report.js'

const verdict = (text: string): Verdict => ({ test: 'few-inliers', value: 3, threshold: 15, unit: 'count', text })

function photos(registered: number, unregistered = 0, refused = 0): PhotoReport[] {
  const photo = (status: PhotoReport['status'], i: number): PhotoReport => ({
    name: `${status}${i}.jpg`,
    width: 100,
    height: 100,
    orientation: 1,
    cameraId: 1,
    focal: { px: 120, source: 'default' },
    features: 500,
    status,
    ...(status === 'registered' ? {} : { verdict: verdict('It shows another place.') }),
  })
  return [
    ...Array.from({ length: registered }, (_, i) => photo('registered', i)),
    ...Array.from({ length: unregistered }, (_, i) => photo('unregistered', i)),
    ...Array.from({ length: refused }, (_, i) => photo('refused', i)),
  ]
}

const model = (over: Partial<ModelReport> = {}): ModelReport => ({
  photos: 10,
  points: 1000,
  observations: 4000,
  meanTrackLength: 4,
  pointsThreeViews: 800,
  meanError: 0.6,
  cameras: [],
  flags: [],
  ...over,
})

test('all is well', () => {
  expect(judge({ photos: photos(10), models: [model()] })).toEqual({
    word: 'good',
    reason:
      'All 10 photos are in one model, the mean reprojection error is 0.60 px, and a point is seen by 4.0 photos on average.',
  })
})

test('refused photos do not count against the geometry, but are not called all', () => {
  const { word, reason } = judge({ photos: photos(10, 0, 5), models: [model()] })
  expect(word).toBe('good')
  expect(reason).toMatch(/^All 10 usable photos/)
})

test.each([
  ['usable', 'registered-share', photos(10, 5), {}],
  ['weak', 'registered-share', photos(10, 11), {}],
  ['usable', 'mean-error', photos(10), { meanError: 1.6 }],
  ['weak', 'mean-error', photos(10), { meanError: 3.1 }],
  ['usable', 'track-length', photos(10), { meanTrackLength: 2.4 }],
  ['usable', 'points-per-photo', photos(10), { observations: 1999 }],
  ['weak', 'points-per-photo', photos(10), { observations: 499 }],
  ['weak', 'flags', photos(10), { flags: [verdict('Two sides may be folded into one.')] }],
] as const)('%s by %s', (word, test, list, over) => {
  const report = { photos: list, models: [model(over)] }
  expect(judge(report).word).toBe(word)
  expect(
    qualityChecks(report)
      .filter((c) => c.word !== 'good')
      .map((c) => c.test),
  ).toEqual([test])
  const [failed] = qualityChecks(report).filter((c) => c.word !== 'good')
  expect(judge(report).reason.toLowerCase()).toContain(failed!.text.toLowerCase().slice(0, 20))
})

test('the worst check decides, and only such checks are named', () => {
  const { word, reason } = judge({ photos: photos(10), models: [model({ meanError: 1.7, observations: 100 })] })
  expect(word).toBe('weak')
  expect(reason).toBe('A photo sees 10 points on average.')
})

test('thresholds themselves pass', () => {
  const exact = model({ photos: 9, meanError: 1.5, meanTrackLength: 2.5, observations: 1800 })
  expect(judge({ photos: photos(9, 1), models: [exact] }).word).toBe('good')
})

test('the largest model is judged', () => {
  const models = [model({ photos: 3 }), model({ photos: 8, points: 5 }), model({ photos: 8, points: 6 })]
  expect(largestModel(models)).toBe(2)
  expect(largestModel([])).toBe(-1)
})

test.each([
  ['There are no photos.', photos(0)],
  ['None of the 2 photos could be used.', photos(0, 0, 2)],
  ['Only one photo could be used; a model needs two or more of the same scene.', photos(0, 1, 1)],
  ['No model could be made. It shows another place.', photos(0, 3)],
] as const)('none: %s', (reason, list) => {
  expect(judge({ photos: list, models: [] })).toEqual({ word: 'none', reason })
})
