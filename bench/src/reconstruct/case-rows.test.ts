import { expect, test } from 'vitest'
import { caseRows, sampleRows } from './case-rows.js'
import { cases } from './sets.js'

const fountain = cases.find((c) => c.name === 'fountain-P11')!
const ours = {
  registered: 11,
  models: 1,
  centreMm: 4,
  auc1: 80,
  pointsThreeViews: 950,
  meanTrackLength: 4,
  seconds: 60,
  peakGiB: 2,
}
const theirs = { ...ours, centreMm: 6, auc1: 65, pointsThreeViews: 1000, meanTrackLength: 5, seconds: 190, peakGiB: 4 }
const verdicts = (rows: ReturnType<typeof caseRows>) =>
  Object.fromEntries(rows.filter((r) => r.target !== '').map((r) => [r.metric, r.pass]))

test('every number of a case beside the peer’s', () => {
  const rows = caseRows(fountain, ours, { name: 'P', measured: theirs }, [])
  expect(verdicts(rows)).toEqual({
    'photos in one model': true,
    'centre RMSE': true,
    'AUC@1°': true,
    'points of three views or more': true,
    'mean track length': false,
    'wall time': true,
    'peak memory': true,
  })
  expect(rows.find((r) => r.metric === 'wall time')).toMatchObject({ ours: 60, peer: 190, ratio: 60 / 190 })
})

test('a peer that did not run keeps its recorded numbers, except its time', () => {
  const before = caseRows(fountain, ours, { name: 'P', measured: theirs }, [])
  const again = caseRows(fountain, { ...ours, pointsThreeViews: 800 }, { name: 'P' }, before)
  expect(verdicts(again)).toMatchObject({ 'points of three views or more': false, 'wall time': false })
  expect(again.find((r) => r.metric === 'wall time')).toMatchObject({ peer: null, ratio: null })
  expect(again.find((r) => r.metric === 'mean track length')).toMatchObject({ peer: 5, ratio: 0.8 })
})

test('numbers of another peer or case are not taken over', () => {
  const before = caseRows(fountain, ours, { name: 'P', measured: theirs }, [])
  const other = caseRows(fountain, ours, { name: 'P (not installed)' }, before)
  const otherCase = caseRows({ ...fountain, name: 'else' }, ours, { name: 'P' }, before)
  for (const r of [...other, ...otherCase]) expect(r.peer).toBeNull()
  expect(verdicts(other)).toMatchObject({ 'points of three views or more': false, 'mean track length': false })
})

test('a variant of the peer has rows only where it has numbers, without targets', () => {
  const variant = { name: 'P, one camera', variant: true }
  expect(caseRows(fountain, ours, variant, [])).toEqual([])
  const rows = caseRows(fountain, ours, { ...variant, measured: theirs }, [])
  expect(rows.map((r) => r.target)).toEqual(rows.map(() => ''))
  expect(rows.find((r) => r.metric === 'centre RMSE')).toMatchObject({ ours: 4, peer: 6 })
})

test('nothing reconstructed reaches no target', () => {
  for (const which of cases) {
    const rows = caseRows(which, { registered: 0, models: 0 }, { name: 'P', measured: theirs }, [])
    const passed = rows.filter((r) => r.target !== '' && r.pass).map((r) => r.metric)
    // No model is not more than one; that there is one is said by its photos.
    expect(passed).toEqual(which.models ? ['models'] : [])
  }
})

test('the sample', () => {
  const run = { registered: 20, models: 1, centrePercent: 0.02, seconds: 20, peakGiB: 1 }
  expect(sampleRows(run).map((r) => r.pass)).toEqual([true, true, true, true])
  const bad = sampleRows({ registered: 19, models: 1, centrePercent: 0.2, seconds: 31, peakGiB: 4 })
  expect(bad.map((r) => r.pass)).toEqual([false, false, false, false])
})
