import { randomStream } from '@epipole/core'
import { syntheticKeypoints, syntheticMatches, syntheticPair, syntheticScene } from '@epipole/geometry'
import { type FeaturedSide, type MapperPair, mapScene, matchCoarseToFine, verifyPair } from '@epipole/sfm'
import type { Probe } from './probes.js'

export const sfmProbes: Readonly<Record<string, Probe>> = {
  /** Verification of all pairs, and a whole model from them. */
  'sfm/mapping': async () => {
    const scene = syntheticScene({ images: 8, points: 400, noisePx: 0.5, outliers: 0.1, visibility: 0.8, seed: 9 })
    const random = randomStream(10, 'colours')
    const camera = scene.cameras[0]!
    const photos = Array.from({ length: 8 }, (_, image) => {
      const xy = syntheticKeypoints(scene, image)
      const keypoints = new Float32Array(2 * xy.length)
      for (let i = 0; i < xy.length / 2; i++) keypoints.set([xy[2 * i]!, xy[2 * i + 1]!, 2, 0], 4 * i)
      const colors = Uint8Array.from({ length: (xy.length / 2) * 3 }, () => random.int(256))
      return { name: `${image}.jpg`, width: camera.width, height: camera.height, keypoints, colors }
    })
    const pairs: MapperPair[] = []
    for (let b = 1; b < 8; b++) {
      for (let a = 0; a < b; a++) {
        const matches = Uint32Array.from(syntheticMatches(scene, a, b))
        const side = (image: number) => ({ keypoints: photos[image]!.keypoints, camera, calibrated: true })
        pairs.push({ a, b, geometry: verifyPair(matches, side(a), side(b), { seed: 1, stream: ['pair', a, b] }) })
      }
    }
    const result = await mapScene(
      {
        photos,
        cameras: [{ camera, focalSource: 'exif', refine: true, mergeKey: '' }],
        photoCamera: new Int32Array(8),
        pairs,
      },
      { seed: 1 },
    )
    if (result.models.length !== 1) throw new Error(`${result.models.length} models`)
    return [pairs, result]
  },
  /** Matching along the geometry that the largest features find. */
  'sfm/coarse-to-fine': async () => {
    const count = 4200
    const pair = syntheticPair({ matches: count, inlierRatio: 0.5, noisePx: 0.5, seed: 3 })
    const random = randomStream(11, 'coarse-to-fine')
    const sizes = Float32Array.from({ length: count }, () => 1 + 8 * random.float())
    const look = Uint8Array.from({ length: 128 * count }, () => random.int(90))
    const other = look.map((v, at) => (pair.inlier[at >> 7] === 1 ? v + random.int(9) : random.int(90)))
    const side = (xy: Float64Array, descriptors: Uint8Array): FeaturedSide => {
      const keypoints = new Float32Array(4 * count)
      for (let i = 0; i < count; i++) keypoints.set([xy[2 * i]!, xy[2 * i + 1]!, sizes[i]!, 0.1], 4 * i)
      const features = { count, keypoints, kind: 'u8' as const, dimension: 128, descriptors }
      return { features, camera: pair.camera1, calibrated: true }
    }
    const found = await matchCoarseToFine(side(pair.pixels1, look), side(pair.pixels2, other))
    if (found.geometry === undefined) throw new Error(found.search.text)
    return [found]
  },
}
