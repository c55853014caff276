import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import {
  COLMAP_FILE_NAMES,
  modelStatistics,
  type Reconstruction,
  syntheticReconstruction,
  viewPoses,
  writeColmapBinary,
  writeColmapText,
} from '@epipole/sfm'
import { afterAll, expect, test } from 'vitest'
import { measureModels, overSeeds } from './measured.js'

const folder = mkdtempSync(path.join(tmpdir(), 'epipole-test-'))
afterAll(() => rmSync(folder, { recursive: true }))

function save(name: string, model: Reconstruction, kind: 'binary' | 'text'): string {
  const to = path.join(folder, name)
  mkdirSync(to)
  const files = kind === 'text' ? writeColmapText(model) : writeColmapBinary(model)
  const names = COLMAP_FILE_NAMES[kind]
  writeFileSync(path.join(to, names.cameras), files.cameras)
  writeFileSync(path.join(to, names.images), files.images)
  writeFileSync(path.join(to, names.points3D), files.points3D)
  return to
}

test('the model of most photos counts, in either form; its centres are in thousandths', async () => {
  const model = syntheticReconstruction({ images: 6, points: 40 })
  const small = save('small', syntheticReconstruction({ images: 3, points: 80 }), 'binary')
  const truth = path.join(folder, 'truth.json')
  const images = viewPoses(model).map(({ name, R, center }) => [name, { R: [...R], C: [...center] }])
  writeFileSync(truth, JSON.stringify({ images: Object.fromEntries(images) }))
  const { pointsThreeViews, meanTrackLength } = modelStatistics(model)
  for (const kind of ['binary', 'text'] as const) {
    const found = await measureModels([small, save(kind, model, kind)], truth)
    expect(found).toMatchObject({ registered: 6, models: 2, pointsThreeViews })
    expect(found.meanTrackLength).toBeCloseTo(meanTrackLength, 12)
    expect(found.centreMm).toBeLessThan(1e-6)
    expect(found.auc1).toBeGreaterThan(99.99)
    expect(found.rotationDeg).toBeLessThan(1e-6)
  }
  const untold = await measureModels([small], undefined)
  expect(untold).toMatchObject({ registered: 3, models: 1 })
  expect(untold.auc1).toBeUndefined()
})

test('no model at all is a result', async () => {
  expect(await measureModels([], undefined)).toEqual({ registered: 0, models: 0 })
})

test('over seeds: medians, but the worst of what must hold every time', () => {
  const run = (registered: number, models: number, centreMm: number, peakGiB: number) => ({
    registered,
    models,
    centreMm,
    peakGiB,
  })
  expect(overSeeds([run(11, 1, 3, 1), run(10, 1, 1, 2), run(11, 2, 9, 1)])).toEqual({
    registered: 10,
    models: 2,
    centreMm: 3,
    peakGiB: 2,
  })
})

test('a run that found nothing is not hidden by the others', () => {
  expect(
    overSeeds([
      { registered: 8, models: 1, auc1: 95 },
      { registered: 0, models: 0 },
    ]),
  ).toEqual({
    registered: 0,
    models: 1,
  })
})
