import { cos, sin } from '@epipole/core'
import { lookAt } from '../render/view.js'
import { archScene } from '../scenes/arch-scene.js'
import type { Vec } from '../trace/mesh.js'
import { type PhotoSet, type Shot, sampleCamera, sampleExif } from './photo-set.js'

interface Stand {
  /** Degrees to the right of the front. */
  readonly angle: number
  /** Distance from the arch, and height of the eye. */
  readonly distance: number
  readonly height: number
  readonly target: Vec
  /** Stops. */
  readonly ev: number
  readonly portrait?: boolean
}

/** Along an arc in front of the gate, then nearer ones, one of them with the camera held upright. */
const stands: readonly Stand[] = [
  { angle: -52, distance: 10.6, height: 1.7, target: [-0.5, 0.5, 2.5], ev: 0 },
  { angle: -43, distance: 10.8, height: 1.65, target: [-0.2, 0.3, 2.6], ev: 0.1 },
  { angle: -35, distance: 10.7, height: 1.8, target: [-0.3, 0.2, 2.7], ev: -0.1 },
  { angle: -26, distance: 10.9, height: 1.6, target: [0, 0, 2.6], ev: 0.2 },
  { angle: -18, distance: 10.6, height: 1.7, target: [0.2, 0, 2.8], ev: 0 },
  { angle: -9, distance: 10.8, height: 1.75, target: [0, 0, 2.7], ev: -0.2 },
  { angle: -1, distance: 10.5, height: 1.65, target: [0.1, 0, 2.75], ev: 0 },
  { angle: 8, distance: 10.9, height: 1.7, target: [0, 0, 2.6], ev: 0.15 },
  { angle: 16, distance: 10.7, height: 1.6, target: [0.2, 0, 2.7], ev: 0 },
  { angle: 25, distance: 10.6, height: 1.8, target: [0, 0.3, 2.6], ev: -0.25 },
  { angle: 34, distance: 10.8, height: 1.7, target: [-0.1, 0.2, 2.7], ev: 0.1 },
  { angle: 43, distance: 10.9, height: 1.65, target: [0.2, 0.4, 2.6], ev: 0 },
  { angle: 52, distance: 10.5, height: 1.75, target: [0.3, 0.5, 2.5], ev: 0.2 },
  { angle: -38, distance: 6.9, height: 1.75, target: [-1.2, 0.3, 2.4], ev: 0.1 },
  { angle: -20, distance: 6.5, height: 1.6, target: [-0.6, 0, 2.6], ev: -0.15 },
  { angle: -4, distance: 6.3, height: 1.7, target: [0, 0, 2.5], ev: 0.3 },
  { angle: 15, distance: 6.7, height: 1.65, target: [0.5, 0, 2.6], ev: 0 },
  { angle: 30, distance: 7.4, height: 1.8, target: [1.2, 0.2, 2.4], ev: 0.1 },
  { angle: 4, distance: 8.6, height: 1.7, target: [0.1, 0, 3.2], ev: -0.1, portrait: true },
  { angle: -12, distance: 9.2, height: 3.4, target: [0.2, 0, 2.3], ev: 0 },
]

/** The embedded sample, 20 photos. */
export function archSet(width: number, seed: number): PhotoSet {
  const shots = stands.map(({ angle, distance, height, target, ev, portrait = false }, i): Shot => {
    const a = (angle * Math.PI) / 180
    const eye: Vec = [distance * sin(a), -distance * cos(a), height]
    // Hand-held: never quite level.
    const roll = portrait ? 1 : 0.012 * (((i * 5) % 7) / 3 - 1)
    const right = portrait ? ([0, 1] as const) : ([cos(roll), sin(roll)] as const)
    return {
      view: {
        name: `arch-${String(i + 1).padStart(2, '0')}.jpg`,
        camera: sampleCamera(width),
        camFromWorld: lookAt(eye, target, right),
        exposureEv: ev,
        whiteBalance: [1 + 0.015 * (((i * 3) % 5) / 2 - 1), 1, 1 - 0.02 * (((i * 2) % 5) / 2 - 1)],
      },
      scene: 0,
      exif: { ...sampleExif, orientation: portrait ? 6 : 1 },
    }
  })
  return { name: 'arch', scenes: [archScene(seed)], shots, sceneSize: 16 }
}
