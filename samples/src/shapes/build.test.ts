import { randomStream } from '@epipole/core'
import { describe, expect, test } from 'vitest'
import { type Mesh, MeshBuilder } from '../trace/mesh.js'
import { buildShape } from './build.js'
import type { Shape } from './shape.js'

function build(shape: Shape, seed = 1): Mesh {
  const builder = new MeshBuilder()
  buildShape(builder.sink(0, [1, 0, 0, 0, 1, 0, 0, 0, 1], [0, 0, 0]), shape, randomStream(seed))
  return builder.mesh()
}

/** Volume by the divergence theorem, and the sum of the area vectors, which is 0 for a closed surface. */
function enclosed(mesh: Mesh): { volume: number; open: number } {
  let volume = 0
  const sum = [0, 0, 0]
  for (let i = 0; i < mesh.count; i++) {
    const [vx, vy, vz, ax, ay, az, bx, by, bz] = mesh.geometry.subarray(i * 9, i * 9 + 9)
    const share = mesh.parallelogram[i] ? 1 : 0.5
    const n = [ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx]
    for (let k = 0; k < 3; k++) sum[k] += share * n[k]
    volume += (share * (n[0] * vx + n[1] * vy + n[2] * vz)) / 3
  }
  return { volume, open: Math.abs(sum[0]) + Math.abs(sum[1]) + Math.abs(sum[2]) }
}

describe('closed shapes face outwards and hold the volume they should', () => {
  test('box', () => {
    const { volume, open } = enclosed(build({ kind: 'box', min: [1, 2, 3], max: [2, 4, 6] }))
    expect(volume).toBeCloseTo(6, 12)
    expect(open).toBeLessThan(1e-12)
  })

  test('bevelled box: less by the cut edges and corners', () => {
    const b = 0.1
    const { volume, open } = enclosed(build({ kind: 'box', min: [0, 0, 0], max: [1, 2, 3], bevel: b }))
    // 4 edges of each length lose a triangular prism b²/2; the corners (inset planes) lose 5 b³ / 6 in place of the prisms' ends.
    const edges = 4 * (1 - 2 * b + (2 - 2 * b) + (3 - 2 * b)) * (b * b) * 0.5
    const corners = 8 * ((5 / 6) * b * b * b)
    expect(volume).toBeCloseTo(6 - edges - corners, 10)
    expect(open).toBeLessThan(1e-12)
  })

  test('prism', () => {
    const polygon = [
      [0, 0],
      [2, 0],
      [0, 3],
    ] as const
    const { volume, open } = enclosed(build({ kind: 'prism', polygon, y: [-1, 1] }))
    expect(volume).toBeCloseTo(6, 12)
    expect(open).toBeLessThan(1e-12)
  })

  test('turned cone', () => {
    const profile = [
      [1e-9, 0],
      [1, 0],
      [1e-9, 2],
    ] as const
    const { volume, open } = enclosed(build({ kind: 'lathe', profile, segments: 400 }))
    expect(volume).toBeCloseTo((2 * Math.PI) / 3, 3)
    expect(open).toBeLessThan(1e-8)
  })

  test('rock', () => {
    const { volume, open } = enclosed(build({ kind: 'rock', radius: [1, 2, 0.5], roughness: 0.2 }))
    expect(volume).toBeGreaterThan(1)
    expect(volume).toBeLessThan((4 / 3) * Math.PI * 1.3)
    expect(open).toBeLessThan(1e-9)
  })

  test('every stone of a wall and of an arch', () => {
    const wall = build({ kind: 'masonry', min: [0, 0, 0], max: [4, 0.5, 2], course: 0.4, length: 0.7 })
    expect(enclosed(wall).open).toBeLessThan(1e-9)
    const arch = build({
      kind: 'arch',
      inner: 1,
      outer: 1.4,
      spring: 2,
      y: [-0.4, 0.4],
      voussoirs: 13,
      relief: 0.05,
      halfWidth: 2,
      top: 3.8,
      course: 0.4,
      length: 0.7,
    })
    const byStone = new Map<number, number[]>()
    for (let i = 0; i < arch.count; i++) byStone.set(arch.cell[i], [...(byStone.get(arch.cell[i]) ?? []), i])
    expect(byStone.size).toBeGreaterThan(25)
    for (const members of byStone.values()) {
      const part: Mesh = {
        ...arch,
        count: members.length,
        geometry: Float64Array.from(members.flatMap((i) => [...arch.geometry.subarray(i * 9, i * 9 + 9)])),
        parallelogram: Uint8Array.from(members, (i) => arch.parallelogram[i]),
      }
      expect(enclosed(part).open).toBeLessThan(1e-9)
      expect(enclosed(part).volume).toBeGreaterThan(0)
    }
  })
})

test('smooth normals are units and point outwards', () => {
  const mesh = build({
    kind: 'lathe',
    profile: [
      [0.2, 0],
      [0.5, 0.3],
      [0.6, 0.7],
      [0.2, 1],
    ],
    segments: 24,
  })
  for (let i = 0; i < mesh.count; i++) {
    const [vx, vy, , ax, ay, az, bx, by, bz] = mesh.geometry.subarray(i * 9, i * 9 + 9)
    const face = [ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx]
    const n = mesh.normals.subarray(mesh.normalIndex[i], mesh.normalIndex[i] + 9)
    for (let v = 0; v < 9; v += 3) {
      expect(n[v] * n[v] + n[v + 1] * n[v + 1] + n[v + 2] * n[v + 2]).toBeCloseTo(1, 12)
      expect(n[v] * face[0] + n[v + 1] * face[1] + n[v + 2] * face[2]).toBeGreaterThan(0)
    }
    expect(n[0] * vx + n[1] * vy).toBeGreaterThan(0)
  }
})

test('the same stream gives the same shape, another one another', () => {
  const shape: Shape = { kind: 'rock', radius: [1, 1, 1], roughness: 0.2, subdivisions: 2 }
  expect(build(shape, 4)).toEqual(build(shape, 4))
  expect(build(shape, 5).geometry).not.toEqual(build(shape, 4).geometry)
})

test('a ruined wall has no stone above its ruin', () => {
  const ruin = [
    [0, 2],
    [4, 1],
  ] as const
  const wall = build({ kind: 'masonry', min: [0, 0, 0], max: [4, 0.5, 3], course: 0.3, length: 0.5, ruin })
  let highest = 0
  for (let i = 0; i < wall.count; i++) {
    const x = wall.geometry[i * 9]
    const z = wall.geometry[i * 9 + 2]
    highest = Math.max(highest, z)
    // A stone whose middle is below the line reaches at most half a stone above it.
    expect(z).toBeLessThan(2 - x / 4 + 0.45)
  }
  expect(highest).toBeGreaterThan(1.5)
})
