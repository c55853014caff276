import { compare, readIntrinsics, reconstructFolder } from 'epipole/node'
import { expect, test } from 'vitest'
import { dataFolder, temporaryFolder } from './support/data.js'
import { expectAccounted } from './support/photos.js'

const folder = temporaryFolder()

/** A run at a reduced size: a quick look whether the whole path still works on real photos. */
async function run(set: string, maxImageSize: number, intrinsics?: string) {
  const out = folder(`${set}-${maxImageSize}`)
  const result = await reconstructFolder(dataFolder('sfm', set, 'images'), {
    out,
    maxImageSize,
    seed: 1,
    ...(intrinsics && { intrinsics: await readIntrinsics(dataFolder('sfm', set, intrinsics)) }),
  })
  expectAccounted(result.report)
  return result
}

/** Metres: what was measured at these sizes (4.3 mm, 2.8 mm), times 1.5. */
const MAX_RMSE = { herz: 6.5e-3, fountain: 4.2e-3 }

test('Herz-Jesus-P8 with its intrinsics: all photos, millimetres from where they were', async () => {
  const { report, out } = await run('Herz-Jesus-P8', 1600, 'K.txt')
  expect(report.models).toHaveLength(1)
  expect(report.models[0]!.flags).toEqual([])
  expect(report.verdict.word).toBe('good')
  const errors = await compare(out, dataFolder('sfm/Herz-Jesus-P8/truth.json'))
  expect([errors.registered, errors.total]).toEqual([8, 8])
  expect(errors.centers!.rmse).toBeLessThan(MAX_RMSE.herz)
  expect(errors.auc.at1Deg).toBeGreaterThan(90)
})

test('fountain-P11, knowing nothing: one camera is found, and all photos', async () => {
  const { report, out } = await run('fountain-P11', 1200)
  expect(report.models).toHaveLength(1)
  expect(report.models[0]!.cameras).toHaveLength(1)
  expect(report.models[0]!.flags).toEqual([])
  const errors = await compare(out, dataFolder('sfm/fountain-P11/truth.json'))
  expect([errors.registered, errors.total]).toEqual([11, 11])
  expect(errors.centers!.rmse).toBeLessThan(MAX_RMSE.fountain)
  expect(errors.auc.at1Deg).toBeGreaterThan(80)
  // The true focal length is 2759.48 px.
  expect(report.models[0]!.cameras[0]!.params[0]).toBeLessThan(2774)
  expect(report.models[0]!.cameras[0]!.params[0]).toBeGreaterThan(2745)
})

test('sacre-coeur, ten tourists with ten cameras: one model of all', async () => {
  const { report } = await run('sacre-coeur', 1600)
  expect(report.models.map((model) => model.photos)).toEqual([10])
  expect(report.models[0]!.cameras).toHaveLength(10)
  expect(report.models[0]!.meanError).toBeLessThan(1.5)
  expect(report.models[0]!.meanTrackLength).toBeGreaterThan(3)
  expect(report.pairs.filter((pair) => pair.kind !== 'refused').length).toBeGreaterThan(25)
})
