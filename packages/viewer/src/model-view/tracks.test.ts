import { modelData, syntheticReconstruction } from '@epipole/sfm'
import { expect, test } from 'vitest'
import { indexTracks, observationsOf, trackOf } from './tracks.js'

test('photo → points and point → photos tell the same observations', () => {
  const model = syntheticReconstruction({ images: 6, points: 80 })
  const data = modelData(model)
  const index = indexTracks(data)
  const byPhoto = data.images.flatMap((_, i) => observationsOf(index, i))
  const byPoint = Array.from(data.errors, (_, p) => trackOf(data, p)).flat()
  const key = (o: { image: number; point: number; at: number }) => `${o.image} ${o.point} ${o.at}`
  expect(byPhoto.map(key).sort()).toEqual(byPoint.map(key).sort())
  for (const [i, image] of data.images.entries()) expect(observationsOf(index, i).length).toBe(image.observations)
})
