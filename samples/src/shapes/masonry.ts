import type { RandomStream } from '@epipole/core'
import { cos, sin } from '@epipole/core'
import type { MeshSink, Vec } from '../trace/mesh.js'
import { block, boxCorners, type Corners } from './block.js'
import type { Arch, Masonry } from './shape.js'

/** Cuts [from, to] into pieces of about `length`, none alike. */
function joints(random: RandomStream, from: number, to: number, length: number): number[] {
  const count = Math.max(1, Math.round((to - from) / length))
  const weights = Array.from({ length: count }, () => random.uniform(0.65, 1.35))
  const total = weights.reduce((a, b) => a + b, 0)
  const out = [from]
  let sum = 0
  for (const w of weights) {
    sum += w
    out.push(from + ((to - from) * sum) / total)
  }
  out[count] = to
  return out
}

function heightAt(profile: readonly (readonly [number, number])[], x: number): number {
  for (let i = 1; i < profile.length; i++) {
    const [x0, z0] = profile[i - 1]
    const [x1, z1] = profile[i]
    if (x <= x1) return z0 + ((z1 - z0) * Math.max(0, x - x0)) / (x1 - x0)
  }
  return profile.length > 0 ? profile[profile.length - 1][1] : Infinity
}

export function masonry(sink: MeshSink, wall: Masonry, random: RandomStream): void {
  const { min, max, joint = 0.012, bevel = 0.02, unevenness = 0.012, ruin = [] } = wall
  const courses = joints(random, min[2], max[2], wall.course)
  // The wall runs along its longer side; its blocks go through the shorter one.
  const along = max[0] - min[0] >= max[1] - min[1] ? 0 : 1
  const across = 1 - along
  for (let c = 0; c + 1 < courses.length; c++) {
    const cuts = joints(random, min[along], max[along], wall.length)
    for (let i = 0; i + 1 < cuts.length; i++) {
      const cell = random.int(1 << 30)
      const inset = joint / 2
      const low: [number, number, number] = [0, 0, courses[c] + inset]
      const high: [number, number, number] = [0, 0, courses[c + 1] - inset]
      low[along] = cuts[i] + inset
      high[along] = cuts[i + 1] - inset
      low[across] = min[across] - random.uniform(-1, 1) * unevenness
      high[across] = max[across] + random.uniform(-1, 1) * unevenness
      if ((low[2] + high[2]) / 2 > heightAt(ruin, (low[along] + high[along]) / 2)) continue
      block(sink, boxCorners(low, high), bevel, cell)
      mortar(sink, low, high, across, inset, bevel + unevenness, cell)
    }
  }
}

/** The bed behind the joints of one block: as deep as the bevel, filling the joints. */
function mortar(sink: MeshSink, low: Vec, high: Vec, across: number, joint: number, depth: number, cell: number): void {
  const a: [number, number, number] = [low[0] - joint, low[1] - joint, low[2] - joint]
  const b: [number, number, number] = [high[0] + joint, high[1] + joint, high[2] + joint]
  a[across] = low[across] + depth
  b[across] = high[across] - depth
  block(sink, boxCorners(a, b), 0, cell ^ 1)
}

export function arch(sink: MeshSink, shape: Arch, random: RandomStream): void {
  ring(sink, shape, random)
  const { outer, spring, y, halfWidth, top } = shape
  const courses = joints(random, spring, top, shape.course)
  const arcX = (z: number) => Math.sqrt(Math.max(0, outer * outer - (z - spring) * (z - spring)))
  for (let c = 0; c + 1 < courses.length; c++) {
    const z0 = courses[c] + 0.006
    const z1 = courses[c + 1] - 0.006
    for (const side of z0 - spring >= outer ? [0] : [-1, 1]) {
      // Seen from the arch outwards; the first block of a course ends in the curve.
      const start = side === 0 ? -halfWidth : arcX(z1)
      const cuts = joints(random, start, halfWidth, shape.length)
      for (let i = 0; i + 1 < cuts.length; i++) {
        const low = side !== 0 && i === 0 ? arcX(z0) : cuts[i] + 0.006
        if (low >= cuts[i + 1] - 0.05) continue
        const high = cuts[i + 1] - 0.006
        const upper = side !== 0 && i === 0 ? arcX(z1) : low
        const front = y[0] - random.uniform(-0.01, 0.01)
        const back = y[1] + random.uniform(-0.01, 0.01)
        const corners = Array.from({ length: 8 }, (_, k): Vec => {
          const atLow = side === -1 ? (k & 1) === 1 : (k & 1) === 0
          const x = atLow ? (k & 4 ? upper : low) : high
          return [side === -1 ? -x : x, k & 2 ? back : front, k & 4 ? z1 : z0]
        }) as unknown as Corners
        block(sink, corners, 0.018, random.int(1 << 30))
      }
    }
  }
  const half = halfWidth - 0.03
  const strips = 24
  // The core behind the joints: columns between the curve and the top.
  for (let i = 0; i < strips; i++) {
    const x0 = -half + (2 * half * i) / strips
    const x1 = -half + (2 * half * (i + 1)) / strips
    const bottom = (x: number) => spring + Math.sqrt(Math.max(0, (outer - 0.05) * (outer - 0.05) - x * x))
    const corners = Array.from({ length: 8 }, (_, k): Vec => {
      const x = k & 1 ? x1 : x0
      return [x, k & 2 ? y[1] - 0.03 : y[0] + 0.03, k & 4 ? top - 0.02 : Math.min(bottom(x), top - 0.03)]
    }) as unknown as Corners
    block(sink, corners, 0, 7)
  }
}

/** The voussoirs; the middle one, the keystone, is taller and stands out. */
function ring(sink: MeshSink, { inner, outer, spring, y, voussoirs, relief }: Arch, random: RandomStream): void {
  const step = Math.PI / voussoirs
  for (let i = 0; i < voussoirs; i++) {
    const key = i === (voussoirs - 1) / 2
    const from = Math.PI - i * step - 0.004
    const to = Math.PI - (i + 1) * step + 0.004
    const out = relief + (key ? 0.05 : random.uniform(-0.008, 0.008))
    const far = outer + (key ? 0.14 : 0)
    const near = inner - (key ? 0.04 : random.uniform(0, 0.01))
    const corners = Array.from({ length: 8 }, (_, k): Vec => {
      const angle = k & 1 ? to : from
      const r = k & 4 ? far : near
      return [r * cos(angle), k & 2 ? y[1] + out : y[0] - out, spring + r * sin(angle)]
    }) as unknown as Corners
    block(sink, corners, 0.018, random.int(1 << 30))
  }
}
