import { cos, randomStream, sin } from '@epipole/core'
import { buildShape } from '../shapes/build.js'
import type { Color, Material } from '../texture/material.js'
import { hash2 } from '../texture/noise.js'
import { type Bvh, buildBvh } from '../trace/bvh.js'
import { type Mesh, MeshBuilder, type Vec } from '../trace/mesh.js'
import type { Part, Scene } from './scene.js'

/** A scene ready for tracing. */
export interface PreparedScene {
  readonly scene: Scene
  readonly mesh: Mesh
  readonly bvh: Bvh
  /** Parts × 12: rotation world-from-part, row-major, then the origin in the world. */
  readonly frames: Float64Array
  readonly materials: readonly Material[]
  readonly seeds: Int32Array
  /** 1 where light falls through (leaves). */
  readonly translucent: Uint8Array
  /** Parts × 3: typical albedo, for light that has bounced once. */
  readonly meanAlbedo: Float64Array
  /** Unit direction towards the sun (undefined: overcast). */
  readonly toSun: Vec | undefined
}

export function prepareScene(scene: Scene): PreparedScene {
  const builder = new MeshBuilder()
  const frames = new Float64Array(scene.parts.length * 12)
  const seeds = new Int32Array(scene.parts.length)
  scene.parts.forEach((part, i) => {
    const seed = part.seed ?? i
    seeds[i] = hash2(seed, Math.imul(scene.seed | 0, 0x2545f491))
    const R = partRotation(part)
    const origin = part.at ?? [0, 0, 0]
    frames.set(R, i * 12)
    frames.set(origin, i * 12 + 9)
    buildShape(builder.sink(i, R, origin), part.shape, randomStream(scene.seed, 'shape', seed))
  })
  const mesh = builder.mesh()
  const sun = scene.light.sun
  return {
    scene,
    mesh,
    bvh: buildBvh(mesh),
    frames,
    materials: scene.parts.map((part) => part.material),
    seeds,
    translucent: Uint8Array.from(scene.parts, (part) => (part.material.kind === 'leaf' ? 1 : 0)),
    meanAlbedo: Float64Array.from(scene.parts.flatMap((part) => meanAlbedo(part.material))),
    toSun: sun && directionDeg(sun.azimuthDeg, sun.elevationDeg),
  }
}

/** World-from-part, row-major. */
function partRotation({ turnDeg = 0, tiltDeg = 0 }: Part): number[] {
  const c = cos((turnDeg * Math.PI) / 180)
  const s = sin((turnDeg * Math.PI) / 180)
  const a = cos((tiltDeg * Math.PI) / 180)
  const b = sin((tiltDeg * Math.PI) / 180)
  return [c, -s * a, s * b, s, c * a, -c * b, 0, b, a]
}

/** Unit vector of an azimuth (from x towards y) and an elevation. */
export function directionDeg(azimuthDeg: number, elevationDeg: number): Vec {
  const azimuth = (azimuthDeg * Math.PI) / 180
  const elevation = (elevationDeg * Math.PI) / 180
  return [cos(elevation) * cos(azimuth), cos(elevation) * sin(azimuth), sin(elevation)]
}

function meanAlbedo(m: Material): Color {
  const middle = (a: Color, b: Color): Color => [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2, (a[2] + b[2]) / 2]
  switch (m.kind) {
    case 'stone':
    case 'paving':
    case 'leaf':
    case 'wood':
      return middle(m.light, m.dark)
    case 'brick':
      return m.brick
    case 'plaster':
      return m.paint
    case 'earth':
      return middle(m.soil, m.grass)
    case 'pottery':
      return m.clay
    case 'mosaic':
      return middle(m.colors[0], m.colors[1])
    case 'inscription':
      return meanAlbedo(m.stone)
  }
}
