import { EpipoleError } from '@epipole/core'
import { expect, test } from 'vitest'
import { syntheticReconstruction } from '../scene/synthetic.js'
import { readTruth, viewPoses } from './view-pose.js'

const R = [1, 0, 0, 0, 1, 0, 0, 0, 1]
const truth = (images: unknown) => JSON.stringify({ note: 'metres', images })

test('a truth is read, sorted by name; other members do not matter', () => {
  const poses = readTruth(truth({ 'b/ü.jpg': { R, C: [1, 2, 3], K: [1, 1, 0, 0] }, 'a.jpg': { R, C: [0, 0, 0] } }))
  expect(poses.map((p) => p.name)).toEqual(['a.jpg', 'b/ü.jpg'])
  expect(poses[1].center).toEqual(Float64Array.of(1, 2, 3))
  expect(poses[1].R).toEqual(Float64Array.from(R))
})

test('what is no truth is refused, naming file and image', () => {
  for (const [json, text] of [
    ['{', 'is not JSON'],
    ['[]', 'has no "images"'],
    ['{"images": []}', 'has no "images"'],
    [truth({ a: null }), 'image "a" needs "R": 9 finite numbers'],
    [truth({ a: { R: R.slice(1), C: [0, 0, 0] } }), 'image "a" needs "R"'],
    [truth({ a: { R: [...R.slice(1), null], C: [0, 0, 0] } }), 'image "a" needs "R"'],
    [truth({ a: { R } }), 'image "a" needs "C": 3 finite numbers'],
    [truth({ a: { R: R.map((v) => 2 * v), C: [0, 0, 0] } }), '"R" of image "a" is not a rotation matrix'],
    [truth({ a: { R: R.map((v) => -v), C: [0, 0, 0] } }), '"R" of image "a" is not a rotation matrix'],
  ]) {
    expect(() => readTruth(json, 't.json')).toThrow(`t.json: ${text}`)
    expect(() => readTruth(json, 't.json')).toThrow(EpipoleError)
  }
})

test('poses of a model: centres seen at zero by their cameras', () => {
  const model = syntheticReconstruction({ images: 3 })
  const poses = viewPoses({ ...model, images: new Map([...model.images].reverse()) })
  expect(poses.map((p) => p.name)).toEqual(['photo001.jpg', 'photo002.jpg', 'photo003.jpg'])
  poses.forEach(({ center, R: rotation }, i) => {
    const { t } = model.images.get(i + 1)!.camFromWorld
    for (let k = 0; k < 3; k++) {
      const z = rotation[3 * k] * center[0] + rotation[3 * k + 1] * center[1] + rotation[3 * k + 2] * center[2] + t[k]
      expect(Math.abs(z)).toBeLessThan(1e-14)
    }
  })
})
