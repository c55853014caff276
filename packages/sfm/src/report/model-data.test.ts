import { expect, test } from 'vitest'
import { syntheticReconstruction } from '../scene/synthetic.js'
import { fromUnit16, modelData } from './model-data.js'
import { packModel, unpackModel } from './page-data.js'

const model = syntheticReconstruction({ images: 7, points: 120, noisePx: 0.3 })

test('a point seen in the flat data is where its keypoint is', () => {
  const data = modelData(model)
  const ids = [...model.points.keys()].sort((a, b) => a - b)
  expect(data.errors.length).toBe(120)
  for (const [i, id] of ids.entries()) {
    const { track, xyz } = model.points.get(id)!
    for (let k = 0; k < 3; k++) expect(data.positions[3 * i + k]! + data.origin[k]!).toBeCloseTo(xyz[k]!, 5)
    expect(data.trackStart[i + 1]! - data.trackStart[i]!).toBe(track.length / 2)
    for (let t = 0; t < track.length; t += 2) {
      const o = data.trackStart[i]! + t / 2
      const image = data.images[data.trackImages[o]!]!
      const truth = model.images.get(track[t]!)!
      expect(image.name).toBe(truth.name)
      expect(fromUnit16(data.trackXy[2 * o]!, image.width)).toBeCloseTo(truth.keypoints[2 * track[t + 1]!]!, 1)
      expect(fromUnit16(data.trackXy[2 * o + 1]!, image.height)).toBeCloseTo(truth.keypoints[2 * track[t + 1]! + 1]!, 1)
    }
  }
})

test('poses refer to the shifted world: the same point projects to the same place', () => {
  const far = syntheticReconstruction({ images: 3, points: 20 })
  const shift = [4_500_000, -5_200_000, 310]
  for (const point of far.points.values()) for (let k = 0; k < 3; k++) point.xyz[k]! += shift[k]!
  for (const { camFromWorld } of far.images.values()) {
    const { R, t } = camFromWorld
    for (let r = 0; r < 3; r++) for (let c = 0; c < 3; c++) t[r]! -= R[3 * r + c]! * shift[c]!
  }
  const data = modelData(far)
  // f32 alone would be off by half a unit here.
  for (let i = 0; i < data.errors.length; i++) {
    for (let o = data.trackStart[i]!; o < data.trackStart[i + 1]!; o++) {
      const image = data.images[data.trackImages[o]!]!
      const P = image.pose
      const inCam = [0, 1, 2].map((r) =>
        [0, 1, 2].reduce((sum, c) => sum + P[4 * r + c]! * data.positions[3 * i + c]!, P[4 * r + 3]!),
      )
      const [fx, , cx] = image.pinhole
      const x = (fx * inCam[0]!) / inCam[2]! + cx
      expect(x).toBeCloseTo(fromUnit16(data.trackXy[2 * o]!, image.width), 1)
    }
  }
})

test('a sub-sample is the same each time, of the asked size, and its tracks stay whole', () => {
  const some = modelData(model, { maxPoints: 30 })
  expect(some.errors.length).toBe(30)
  expect(some.totalPoints).toBe(120)
  expect(modelData(model, { maxPoints: 30 })).toEqual(some)
  expect(some.trackStart.at(-1)).toBe(some.trackImages.length)
})

test('insertion order of the maps changes nothing', () => {
  const turned = {
    cameras: model.cameras,
    images: new Map([...model.images].reverse()),
    points: new Map([...model.points].reverse()),
  }
  expect(modelData(turned)).toEqual(modelData(model))
})

test('observations of images that are not there are left out', () => {
  const images = new Map([...model.images].filter(([id]) => id !== 2))
  const data = modelData({ ...model, images })
  expect(data.images.length).toBe(6)
  expect(Math.max(...data.trackImages)).toBe(5)
  const gone = [...model.points.values()].reduce(
    (n, p) => n + p.track.filter((v, k) => k % 2 === 0 && v === 2).length,
    0,
  )
  expect(gone).toBeGreaterThan(0)
  expect(data.trackImages.length).toBe(modelData(model).trackImages.length - gone)
})

test('an empty model is no trouble', () => {
  const data = modelData({ cameras: new Map(), images: new Map(), points: new Map() })
  expect(data.origin).toEqual([0, 0, 0])
  expect(data.trackStart).toEqual(new Uint32Array(1))
})

test('packing keeps everything, errors to a thousandth of a pixel', () => {
  const data = modelData(model)
  const back = unpackModel(JSON.parse(JSON.stringify(packModel(data))))
  expect({ ...back, errors: undefined }).toEqual({ ...data, errors: undefined })
  for (const [i, e] of data.errors.entries()) expect(back.errors[i]).toBeCloseTo(e, 3)
})
