import { cos, sin } from '@epipole/core'
import type { MeshSink, Vec } from '../trace/mesh.js'
import type { Lathe } from './shape.js'

/** Neighbouring parts of a profile are shaded as one smooth surface if they meet at less than about 40°. */
const smoothCosine = 0.77

export function lathe(sink: MeshSink, { profile, segments, flutes }: Lathe, cell: number): void {
  const directions = Array.from({ length: segments + 1 }, (_, i) => {
    const angle = (2 * Math.PI * (i % segments)) / segments
    return [cos(angle), sin(angle)] as const
  })
  const radius = (ring: number, i: number): number => {
    const [r, z] = profile[ring]
    if (!flutes || z < flutes.from || z > flutes.to) return r
    const phase = ((i * flutes.count) / segments) % 1
    return r - flutes.depth * 4 * phase * (1 - phase)
  }
  for (let ring = 0; ring + 1 < profile.length; ring++) {
    const lower = ringNormal(profile, ring, ring)
    const upper = ringNormal(profile, ring, ring + 1)
    const at = (k: number, i: number): Vec => {
      const r = radius(k, i)
      return [r * directions[i][0], r * directions[i][1], profile[k][1]]
    }
    for (let i = 0; i < segments; i++) {
      const a = at(ring, i)
      const b = at(ring, i + 1)
      const c = at(ring + 1, i + 1)
      const d = at(ring + 1, i)
      if (flutes) {
        sink.triangle(a, b, c, cell)
        sink.triangle(a, c, d, cell)
      } else {
        const n = (m: readonly [number, number], k: number) => [m[0] * directions[k][0], m[0] * directions[k][1], m[1]]
        sink.triangle(a, b, c, cell, [...n(lower, i), ...n(lower, i + 1), ...n(upper, i + 1)])
        sink.triangle(a, c, d, cell, [...n(lower, i), ...n(upper, i + 1), ...n(upper, i)])
      }
    }
  }
}

/** Normal (radial, z) of the segment `ring`, `ring + 1` at its end `at`, averaged over a smooth joint. */
function ringNormal(profile: Lathe['profile'], ring: number, at: number): readonly [number, number] {
  const own = segmentNormal(profile, ring)
  const other = at === ring ? ring - 1 : ring + 1
  if (other < 0 || other + 1 >= profile.length) return own
  const next = segmentNormal(profile, other)
  if (own[0] * next[0] + own[1] * next[1] < smoothCosine) return own
  const x = own[0] + next[0]
  const z = own[1] + next[1]
  const n = Math.sqrt(x * x + z * z)
  return [x / n, z / n]
}

function segmentNormal(profile: Lathe['profile'], ring: number): readonly [number, number] {
  const dr = profile[ring + 1][0] - profile[ring][0]
  const dz = profile[ring + 1][1] - profile[ring][1]
  const n = Math.sqrt(dr * dr + dz * dz)
  return n === 0 ? [1, 0] : [dz / n, -dr / n]
}
