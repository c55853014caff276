import { cos, sin } from '@epipole/core'
import { lookAt } from '../render/view.js'
import type { Scene } from '../scenes/scene.js'
import { courtyardScene, lookAlikeScene, pedestalScene, planeScene } from '../scenes/test-scenes.js'
import type { Vec } from '../trace/mesh.js'
import { type PhotoSet, type Shot, sampleCamera, sampleExif } from './photo-set.js'

function shot(name: string, width: number, eye: Vec, target: Vec, index: number, scene = 0): Shot {
  return {
    view: {
      name: `${name}${String(index + 1).padStart(2, '0')}.jpg`,
      camera: sampleCamera(width),
      camFromWorld: lookAt(eye, target),
      // Automatic exposure is never quite the same twice.
      exposureEv: 0.2 * (((index * 5) % 7) / 3 - 1),
    },
    scene,
    exif: sampleExif,
  }
}

function around(radius: number, height: number, share: number): Vec {
  return [radius * sin(2 * Math.PI * share), -radius * cos(2 * Math.PI * share), height]
}

/** One plane, eight photos from different sides. */
export function planeSet(width: number, seed: number): PhotoSet {
  const shots = Array.from({ length: 8 }, (_, i) =>
    shot('plane-', width, [-3.5 + i, -6 + 0.35 * (i % 3), 0.5 * ((i * 3) % 4)], [0.3 * (i % 2), 0, 0.8], i),
  )
  return { name: 'plane', scenes: [planeScene(seed)], shots, sceneSize: 7 }
}

/** Eight photos from one and the same place: the camera only turned. */
export function rotationSet(width: number, seed: number): PhotoSet {
  const eye: Vec = [0.4, -2.5, 1.6]
  const shots = Array.from({ length: 8 }, (_, i) => {
    const angle = (-35 + 10 * i) * (Math.PI / 180)
    return shot('turn-', width, eye, [eye[0] + sin(angle), eye[1] + cos(angle), eye[2] + 0.06 * ((i % 3) - 1)], i)
  })
  return { name: 'rotation', scenes: [courtyardScene(seed)], shots, sceneSize: 18 }
}

/** A closed walk around a pedestal, 24 photos. */
export function loopSet(width: number, seed: number, scene: Scene = pedestalScene(seed)): PhotoSet {
  const shots = Array.from({ length: 24 }, (_, i) =>
    shot('loop-', width, around(4.2, 1.9 + 0.25 * (i % 2), i / 24), [0, 0, 0.8], i),
  )
  return { name: 'loop', scenes: [scene], shots, sceneSize: 6 }
}

/** Around the house whose front and back look alike, 28 photos. */
export function lookAlikeSet(width: number, seed: number): PhotoSet {
  const shots = Array.from({ length: 28 }, (_, i) =>
    shot('house-', width, around(10.5, 1.7 + 0.3 * (i % 2), i / 28), [0, 0, 2.2], i),
  )
  return { name: 'look-alike', scenes: [lookAlikeScene(seed)], shots, sceneSize: 12 }
}

/** Six photos each of two places that have nothing to do with each other. */
export function twoScenesSet(width: number, seed: number): PhotoSet {
  const shots: Shot[] = []
  for (let i = 0; i < 6; i++) {
    shots.push(shot('court-', width, [-2 + 0.8 * i, -4 + 0.2 * (i % 2), 1.7], [0, 5, 1.3], i, 0))
    shots.push(shot('urn-', width, around(4.2, 1.9, -0.1 + 0.04 * i), [0, 0, 0.8], i, 1))
  }
  return { name: 'two-scenes', scenes: [courtyardScene(seed), pedestalScene(seed + 1)], shots, sceneSize: 18 }
}
