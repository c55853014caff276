import { randomStream } from '@epipole/core'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { buildBvh } from './bvh.js'
import { anyHit, createRay, nearestHit } from './intersect.js'
import { type Mesh, MeshBuilder, type Vec } from './mesh.js'

function randomMesh(seed: number, count: number): Mesh {
  const random = randomStream(seed)
  const builder = new MeshBuilder()
  const sink = builder.sink(0, [1, 0, 0, 0, 1, 0, 0, 0, 1], [0, 0, 0])
  const vector = (size: number): Vec => [
    random.uniform(-size, size),
    random.uniform(-size, size),
    random.uniform(-size, size),
  ]
  for (let i = 0; i < count; i++) {
    const a = vector(5)
    const e1 = vector(2)
    const e2 = vector(2)
    if (i % 2) sink.parallelogram(a, e1, e2, i)
    else sink.triangle(a, [a[0] + e1[0], a[1] + e1[1], a[2] + e1[2]], [a[0] + e2[0], a[1] + e2[1], a[2] + e2[2]], i)
  }
  return builder.mesh()
}

/** Möller and Trumbore's test on every primitive: the oracle. */
function bruteForce(mesh: Mesh, o: Vec, d: Vec): { t: number; primitive: number } {
  let best = { t: Infinity, primitive: -1 }
  for (let i = 0; i < mesh.count; i++) {
    const [vx, vy, vz, ax, ay, az, bx, by, bz] = mesh.geometry.subarray(i * 9, i * 9 + 9)
    const px = d[1] * bz - d[2] * by
    const py = d[2] * bx - d[0] * bz
    const pz = d[0] * by - d[1] * bx
    const determinant = ax * px + ay * py + az * pz
    const [tx, ty, tz] = [o[0] - vx, o[1] - vy, o[2] - vz]
    const u = (tx * px + ty * py + tz * pz) / determinant
    const [qx, qy, qz] = [ty * az - tz * ay, tz * ax - tx * az, tx * ay - ty * ax]
    const v = (d[0] * qx + d[1] * qy + d[2] * qz) / determinant
    const t = (bx * qx + by * qy + bz * qz) / determinant
    const inside = u >= 0 && u <= 1 && v >= 0 && (mesh.parallelogram[i] ? v <= 1 : u + v <= 1)
    if (inside && t > 0 && t < best.t) best = { t, primitive: i }
  }
  return best
}

const coordinate = fc.double({ min: -9, max: 9, noNaN: true })

test('the hierarchy finds what testing every primitive finds', () => {
  const mesh = randomMesh(3, 400)
  const bvh = buildBvh(mesh)
  const ray = createRay()
  let hits = 0
  fc.assert(
    fc.property(fc.tuple(coordinate, coordinate, coordinate), fc.tuple(coordinate, coordinate, coordinate), (o, to) => {
      const d: Vec = [to[0] - o[0], to[1] - o[1], to[2] - o[2]]
      fc.pre(Math.abs(d[0]) + Math.abs(d[1]) + Math.abs(d[2]) > 1e-3)
      const expected = bruteForce(mesh, o, d)
      ray.set([...o, ...d, 1e6])
      const found = nearestHit(bvh, ray)
      expect(found < 0 ? -1 : bvh.primitive[found]).toBe(expected.primitive)
      if (found >= 0) {
        hits++
        expect(ray[6]).toBeCloseTo(expected.t, 9)
      }
      ray.set([...o, ...d, 1e6])
      expect(anyHit(bvh, ray)).toBe(found >= 0)
      // Nothing lies nearer than the nearest hit.
      ray.set([...o, ...d, expected.t * (1 - 1e-9)])
      if (found >= 0) expect(anyHit(bvh, ray)).toBe(false)
    }),
    { numRuns: 400 },
  )
  expect(hits).toBeGreaterThan(50)
})

test('edge coordinates give the hit point', () => {
  const mesh = randomMesh(5, 60)
  const bvh = buildBvh(mesh)
  const random = randomStream(9)
  const ray = createRay()
  let hits = 0
  for (let i = 0; i < 500; i++) {
    for (let k = 0; k < 3; k++) {
      ray[k] = random.uniform(-8, 8)
      ray[3 + k] = random.uniform(-1, 1)
    }
    ray[6] = 1e6
    const found = nearestHit(bvh, ray)
    if (found < 0) continue
    hits++
    const g = mesh.geometry.subarray(bvh.primitive[found] * 9)
    for (let k = 0; k < 3; k++) {
      expect(g[k] + ray[7] * g[3 + k] + ray[8] * g[6 + k]).toBeCloseTo(ray[k] + ray[6] * ray[3 + k], 9)
    }
  }
  expect(hits).toBeGreaterThan(50)
})

test('rays along the axes and into an empty scene', () => {
  const builder = new MeshBuilder()
  const ray = createRay()
  ray.set([0, 0, 0, 0, 1, 0, 100])
  expect(nearestHit(buildBvh(builder.mesh()), ray)).toBe(-1)
  builder.sink(0, [1, 0, 0, 0, 1, 0, 0, 0, 1], [0, 4, 0]).parallelogram([-1, 0, -1], [2, 0, 0], [0, 0, 2], 1)
  const bvh = buildBvh(builder.mesh())
  expect(nearestHit(bvh, ray)).toBe(0)
  expect(ray[6]).toBe(4)
  ray.set([0, 0, 0, 0, -1, 0, 100])
  expect(nearestHit(bvh, ray)).toBe(-1)
  ray.set([0, 0, 0, 0, 1, 0, 3.9])
  expect(anyHit(bvh, ray)).toBe(false)
})
