import { cos, type RandomStream, sin } from '@epipole/core'
import { fractalNoise, noise, smoothstep } from '../texture/noise.js'
import { cross, type MeshSink, unit, type Vec } from '../trace/mesh.js'
import type { Foliage, Rock, Terrain } from './shape.js'

const point = new Float64Array(3)

/** A uniformly distributed direction. */
function direction(random: RandomStream): Vec {
  const z = random.uniform(-1, 1)
  const r = Math.sqrt(1 - z * z)
  const angle = random.uniform(0, 2 * Math.PI)
  return [r * cos(angle), r * sin(angle), z]
}

export function rock(sink: MeshSink, { radius, roughness, subdivisions = 4 }: Rock, random: RandomStream): void {
  const seed = random.int(1 << 30)
  const cuts = Array.from({ length: 9 }, () => ({ n: direction(random), d: random.uniform(0.62, 0.9) }))
  const surface = (u: Vec): Vec => {
    point[0] = u[0]
    point[1] = u[1]
    point[2] = u[2]
    fractalNoise(point, 1.3, 6, 0.5, seed, 1e-3)
    const bumps = 1 + roughness * noise[0]
    let r = bumps
    for (const { n, d } of cuts) {
      const c = u[0] * n[0] + u[1] * n[1] + u[2] * n[2]
      if (c > 0.1) r = Math.min(r, (d / c) * (1 + 0.25 * roughness * noise[0]))
    }
    return [r * u[0] * radius[0], r * u[1] * radius[1], r * u[2] * radius[2]]
  }
  const split = (a: Vec, b: Vec, c: Vec, level: number): void => {
    if (level === 0) {
      sink.triangle(surface(a), surface(b), surface(c), seed)
      return
    }
    const middle = (p: Vec, q: Vec) => unit([p[0] + q[0], p[1] + q[1], p[2] + q[2]])
    const ab = middle(a, b)
    const bc = middle(b, c)
    const ca = middle(c, a)
    split(a, ab, ca, level - 1)
    split(ab, b, bc, level - 1)
    split(ca, bc, c, level - 1)
    split(ab, bc, ca, level - 1)
  }
  for (const z of [1, -1]) {
    for (let i = 0; i < 4; i++) {
      const quarter: Vec[] = [
        [1, 0, 0],
        [0, 1, 0],
        [-1, 0, 0],
        [0, -1, 0],
      ]
      const a = quarter[i]
      const b = quarter[(i + 1) % 4]
      if (z > 0) split(a, b, [0, 0, z], subdivisions)
      else split(b, a, [0, 0, z], subdivisions)
    }
  }
}

export function foliage(sink: MeshSink, shape: Foliage, random: RandomStream): void {
  const { leaf, slenderness = 0.6, outward = 0.5, along } = shape
  for (const blob of shape.blobs) {
    for (let i = 0; i < blob.leaves; i++) {
      const out = direction(random)
      // Denser towards the outside of the ellipsoid.
      const shell = 1 - 0.45 * random.float() * random.float()
      const center: Vec = [0, 1, 2].map((k) => blob.center[k] + out[k] * shell * blob.radius[k]) as unknown as Vec
      const any = direction(random)
      const facing = unit([0, 1, 2].map((k) => outward * out[k] + (1 - outward) * any[k] + 1e-6) as unknown as Vec)
      const wish = direction(random)
      const tip = along ? ([0, 1, 2].map((k) => along[k] + 0.35 * wish[k]) as unknown as Vec) : wish
      const side = unit(cross(facing, tip))
      const axis = cross(side, facing)
      const length = leaf * random.uniform(0.6, 1.2)
      const a: Vec = [0, 1, 2].map((k) => (axis[k] + slenderness * side[k]) * length * 0.5) as unknown as Vec
      const b: Vec = [0, 1, 2].map((k) => (axis[k] - slenderness * side[k]) * length * 0.5) as unknown as Vec
      const corner: Vec = [0, 1, 2].map((k) => center[k] - (a[k] + b[k]) / 2) as unknown as Vec
      sink.parallelogram(corner, b, a, random.int(1 << 30))
    }
  }
}

export function terrain(sink: MeshSink, { flat, radius, height, unevenness }: Terrain, random: RandomStream): void {
  const seed = random.int(1 << 30)
  const sectors = 96
  const rings = 40
  const at = (ring: number, sector: number): Vec => {
    const share = ring / rings
    const r = radius * share * share
    const angle = (2 * Math.PI * (sector % sectors)) / sectors
    const x = r * cos(angle)
    const y = r * sin(angle)
    point[0] = x
    point[1] = y
    point[2] = 0
    fractalNoise(point, 1.6 / radius, 5, 0.5, seed, 1e-3)
    const hills = height * smoothstep(flat, radius, r) * (0.55 + 0.8 * noise[0])
    fractalNoise(point, 0.35, 3, 0.5, seed + 1, 1e-3)
    return [x, y, Math.max(0, hills) + unevenness * (noise[0] - 1) * smoothstep(0.3 * flat, flat, r)]
  }
  for (let ring = 0; ring < rings; ring++) {
    for (let s = 0; s < sectors; s++) {
      const a = at(ring, s)
      const b = at(ring + 1, s)
      const c = at(ring + 1, s + 1)
      sink.triangle(a, b, c, seed)
      if (ring > 0) sink.triangle(a, c, at(ring, s + 1), seed)
    }
  }
}
