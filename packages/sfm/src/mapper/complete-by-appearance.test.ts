import { randomStream } from '@epipole/core'
import { pinhole } from '@epipole/geometry'
import { describe, expect, it } from 'vitest'
import { correspondenceGraph } from '../scene/correspondence-graph.js'
import { completeByAppearance } from './complete-by-appearance.js'
import { updateRays } from './rays.js'
import { addPoint, sceneState } from './scene-state.js'

const POINTS = 40
const camera = pinhole({ f: 800, cx: 320, cy: 240, width: 640, height: 480 })

/** Three photos side by side; photos 0 and 1 have made the points, photo 2's keypoints are free. */
function scene(change: { descriptor?: boolean; scale?: number; shiftPx?: number } = {}) {
  const random = randomStream(3)
  const world = Array.from({ length: POINTS }, () => [
    random.uniform(-1, 1),
    random.uniform(-0.8, 0.8),
    random.uniform(5, 7),
  ])
  const looks = world.map(() => Float32Array.from({ length: 16 }, () => random.normal()))
  const strangers = world.map(() => Float32Array.from({ length: 16 }, () => random.normal()))
  const photos = [0, 0.3, 0.6].map((centre, p) => {
    const keypoints = new Float32Array(4 * POINTS)
    const descriptors = new Float32Array(16 * POINTS)
    world.forEach(([x, y, z], i) => {
      const shift = p === 2 ? (change.shiftPx ?? 0) : 0
      const scale = p === 2 ? (change.scale ?? 1) : 1
      keypoints.set([320 + (800 * (x - centre)) / z + shift, 240 + (800 * y) / z, (scale * 20) / z, 0], 4 * i)
      descriptors.set(p === 2 && change.descriptor ? strangers[i] : looks[i], 16 * i)
    })
    const features = { kind: 'f32' as const, dimension: 16, descriptors }
    return {
      name: `${p}`,
      width: 640,
      height: 480,
      keypoints,
      colors: new Uint8Array(3 * POINTS),
      descriptors: features,
    }
  })
  const mapperCamera = { camera, focalSource: 'given' as const, refine: false, mergeKey: '' }
  const input = { photos, cameras: [mapperCamera], photoCamera: [0, 0, 0], pairs: [] }
  const state = sceneState(input, correspondenceGraph([POINTS, POINTS, POINTS], []))
  ;[0, 0.3, 0.6].forEach((centre, p) => {
    state.poses.set([1, 0, 0, 0, 1, 0, 0, 0, 1, -centre, 0, 0], 12 * p)
    state.registered[p] = 1
    state.order.push(p)
    updateRays(state, p)
  })
  world.forEach(([x, y, z], i) => {
    addPoint(state, x, y, z, [i, POINTS + i])
  })
  return state
}

describe('completeByAppearance', () => {
  it('finds every point again in the photo that matching had missed', () => {
    const state = scene()
    expect(completeByAppearance(state)).toBe(POINTS)
    state.tracks.forEach((track, i) => {
      expect(track).toEqual([i, POINTS + i, 2 * POINTS + i])
      expect(state.pointOf[2 * POINTS + i]).toBe(i)
    })
    expect(completeByAppearance(state)).toBe(0)
  })

  it.each([
    ['another look', { descriptor: true }],
    ['another size', { scale: 2 }],
    ['another place', { shiftPx: 4 }],
  ])('leaves keypoints of %s alone', (_, change) => {
    expect(completeByAppearance(scene(change))).toBe(0)
  })
})
