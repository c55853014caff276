import { expect, test } from 'vitest'
import { findModelProblem } from './check.js'
import { mergeModels, renumberModel } from './merge.js'
import { modelStatistics } from './statistics.js'
import { syntheticReconstruction } from './synthetic.js'

const a = syntheticReconstruction({ images: 3, points: 7, name: (i) => `a/${i}.jpg` })
const b = syntheticReconstruction({ seed: 1, images: 4, points: 5, name: (i) => `b/${i}.jpg` })

test('a merged model is whole and holds both', () => {
  const merged = mergeModels([a, b])
  expect(findModelProblem(merged)).toBeUndefined()
  expect([...merged.images.keys()]).toEqual([1, 2, 3, 4, 5, 6, 7])
  expect(modelStatistics(merged).observations).toBe(modelStatistics(a).observations + modelStatistics(b).observations)
  expect(merged.points.get(8)!.xyz).toEqual(b.points.get(1)!.xyz)
  expect([...merged.points.get(8)!.track].filter((_, i) => i % 2 === 0)).toEqual([4, 5, 6, 7])
})

test('a photo in both is refused', () => {
  expect(() => mergeModels([a, a])).toThrow('Two of the models to merge hold a/0.jpg')
})

test('renumbering removes gaps and changes nothing else', () => {
  const apart = renumberModel(mergeModels([b, a]))
  expect(renumberModel(apart)).toEqual(apart)
  const gaps = {
    cameras: new Map([[40, a.cameras.get(1)!]]),
    images: new Map([...a.images].map(([id, image]) => [id * 10, { ...image, cameraId: 40 }])),
    points: new Map(
      [...a.points].map(([id, p]) => [id, { ...p, track: p.track.map((v, i) => (i % 2 === 0 ? v * 10 : v)) }]),
    ),
  }
  expect(findModelProblem(gaps)).toBeUndefined()
  expect(renumberModel(gaps)).toEqual(a)
  expect(mergeModels([])).toEqual({ cameras: new Map(), images: new Map(), points: new Map() })
})
