import { randomStream } from '@epipole/core'
import {
  mat3Multiply,
  poseFromCenter,
  quaternionFromAxisAngle,
  rotationFromQuaternion,
  type Sim3,
} from '@epipole/geometry'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Reconstruction } from '../scene/reconstruction.js'
import { syntheticReconstruction } from '../scene/synthetic.js'
import { transformModel } from '../scene/transform.js'
import { comparePoses } from './compare.js'
import { viewPoses } from './view-pose.js'

const truth = syntheticReconstruction({ images: 9, points: 10 })

/** The truth with every pose a little off, in another world, and without some photos. */
function disturbed(degrees: number, shift: number, newFromOld: Sim3, without: readonly number[] = []): Reconstruction {
  const random = randomStream(5, 'disturbed')
  const model = { ...truth, images: new Map(truth.images) }
  viewPoses(truth).forEach(({ R, center }, i) => {
    const axis = [random.normal(), random.normal(), random.normal()]
    const turn = rotationFromQuaternion(quaternionFromAxisAngle(axis, (degrees * random.float() * Math.PI) / 180))
    const moved = center.map((c) => c + shift * random.normal())
    const image = model.images.get(i + 1)!
    if (without.includes(i)) model.images.delete(i + 1)
    else model.images.set(i + 1, { ...image, camFromWorld: poseFromCenter(mat3Multiply(turn, R), moved) })
  })
  return transformModel(model, newFromOld)
}

const elsewhere: Sim3 = {
  scale: 2.5,
  R: rotationFromQuaternion([0.5, -0.5, 0.1, 0.7]),
  t: Float64Array.of(10, -20, 5),
}

/*
 * Literals of pose-error.mjs, the script that scores this project's benchmarks (step AUC, missing photos count as 180°):
 *   writeFileSync('truth.json', JSON.stringify({ images: Object.fromEntries(viewPoses(truth).map(({ name, R, center }) =>
 *     [name, { R: [...R], C: [...center] }])) }))
 *   writeFileSync('images.txt', writeColmapText(disturbed(…) without its points and keypoints).images)
 *   node pose-error.mjs truth.json images.txt
 * Its centre errors are 1000 × the truth's unit.
 */
test('the numbers are those of the reference script', () => {
  const cases = [
    {
      model: disturbed(0.5, 0.02, elsewhere),
      expected: {
        registered: 9,
        total: 9,
        rotMeanDeg: 0.3135,
        transMeanDeg: 1.1812,
        rotMedDeg: 0.2818,
        transMedDeg: 0.8377,
        AUC1: 23.22,
        AUC3: 61.28,
        AUC5: 75.9,
        centerRmse_mm: 41.35,
        centerMax_mm: 68.1,
      },
    },
    {
      model: disturbed(4, 0.1, elsewhere),
      expected: {
        registered: 9,
        total: 9,
        rotMeanDeg: 2.5083,
        transMeanDeg: 6.1787,
        rotMedDeg: 2.2546,
        transMedDeg: 4.4781,
        AUC1: 0,
        AUC3: 4.5,
        AUC5: 17.06,
        centerRmse_mm: 207.34,
        centerMax_mm: 339.23,
      },
    },
    {
      model: disturbed(0.5, 0.02, elsewhere, [0, 4]),
      expected: {
        registered: 7,
        total: 9,
        rotMeanDeg: 0.3724,
        transMeanDeg: 1.187,
        rotMedDeg: 0.3323,
        transMedDeg: 0.8888,
        AUC1: 11.81,
        AUC3: 35.02,
        AUC5: 44.03,
        centerRmse_mm: 38.47,
        centerMax_mm: 60.4,
      },
    },
  ]
  for (const { model, expected } of cases) {
    const got = comparePoses(viewPoses(model), viewPoses(truth))
    expect({
      registered: got.registered,
      total: got.total,
      rotMeanDeg: +got.rotation!.meanDeg.toFixed(4),
      transMeanDeg: +got.translation!.meanDeg.toFixed(4),
      rotMedDeg: +got.rotation!.medianDeg.toFixed(4),
      transMedDeg: +got.translation!.medianDeg.toFixed(4),
      AUC1: +got.auc.at1Deg.toFixed(2),
      AUC3: +got.auc.at3Deg.toFixed(2),
      AUC5: +got.auc.at5Deg.toFixed(2),
      centerRmse_mm: +(1000 * got.centers!.rmse).toFixed(2),
      centerMax_mm: +(1000 * got.centers!.max).toFixed(2),
    }).toEqual(expected)
  }
})

test('a similarity of the world changes nothing, and is found', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0.01, max: 100, noNaN: true }),
      fc.double({ min: -100, max: 100, noNaN: true }),
      (scale, x) => {
        const got = comparePoses(
          viewPoses(transformModel(truth, { ...elsewhere, scale, t: Float64Array.of(x, 1, 2) })),
          viewPoses(truth),
        )
        expect(got.auc.at1Deg).toBeGreaterThan(99.9999)
        expect(got.rotation!.meanDeg).toBeLessThan(1e-6)
        expect(got.translation!.meanDeg).toBeLessThan(1e-5)
        expect(got.centers!.rmse).toBeLessThan(1e-9)
        expect(Math.abs(got.centers!.truthFromEstimate.scale * scale - 1)).toBeLessThan(1e-9)
        expect(got.views.every((v) => v.centerError! < 1e-9 && v.rotationErrorDeg! < 1e-6)).toBe(true)
      },
    ),
    { numRuns: 30 },
  )
})

test('one photo turned by a known angle shows in its own error and in its pairs only', () => {
  const model = { ...truth, images: new Map(truth.images) }
  const { R, center } = viewPoses(truth)[3]
  const turn = rotationFromQuaternion(quaternionFromAxisAngle([0, 0, 1], (2 * Math.PI) / 180))
  model.images.set(4, { ...model.images.get(4)!, camFromWorld: poseFromCenter(mat3Multiply(turn, R), center) })
  const got = comparePoses(viewPoses(model), viewPoses(truth))
  expect(got.views.map((v) => +v.rotationErrorDeg!.toFixed(6))).toEqual([0, 0, 0, 2, 0, 0, 0, 0, 0])
  // 8 of 36 pairs are off by 2°.
  expect(got.rotation!.meanDeg).toBeCloseTo((8 * 2) / 36, 9)
})

test('missing and extra photos are named; the order of the lists does not matter', () => {
  const model = disturbed(1, 0.01, elsewhere, [2, 5])
  const estimate = [...viewPoses(model), { ...viewPoses(model)[0], name: 'extra.jpg' }]
  const got = comparePoses(estimate, viewPoses(truth))
  expect(got.missing).toEqual(['photo003.jpg', 'photo006.jpg'])
  expect(got.extra).toEqual(['extra.jpg'])
  expect(comparePoses([...estimate].reverse(), viewPoses(truth).reverse())).toEqual(got)
})

test('too little in common is a result without NaN', () => {
  for (const photos of [0, 1, 2]) {
    const got = comparePoses(viewPoses(truth).slice(0, photos), viewPoses(truth))
    expect(got.centers).toBeUndefined()
    expect(got.alignmentVerdict).toMatchObject({ test: 'alignment-count', value: photos, threshold: 3 })
    expect(got.rotation === undefined).toBe(photos < 2)
    expect(JSON.stringify(got)).not.toContain('null')
  }
  expect(comparePoses([], []).auc).toEqual({ at1Deg: 0, at3Deg: 0, at5Deg: 0 })
})

test('cameras on one line determine no alignment, and it says so', () => {
  const line = viewPoses(truth).map((v, i) => ({ ...v, center: Float64Array.of(i, 2 * i, 3) }))
  const got = comparePoses(line, line)
  expect(got.alignmentVerdict?.test).toBe('alignment-spread')
  expect(got.auc.at1Deg).toBeGreaterThan(99.999)
})
