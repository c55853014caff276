import type { Bvh } from './bvh.js'

/**
 * A ray and, after tracing, its nearest hit, in one record that is used again and again: numbers in a typed array are
 * neither boxed nor allocated.
 *
 * 0–2 origin; 3–5 direction (any length); 6 farthest parameter, on a hit replaced by the hit's; 7, 8 the hit's edge
 * coordinates.
 */
export type Ray = Float64Array

export function createRay(): Ray {
  return new Float64Array(9)
}

const stack = new Int32Array(128)
/** Seams between neighbours are closed by letting edges overlap by this share of their length. */
const slack = 1e-9

/** Position in leaf order of the nearest primitive between parameters 0 and `ray[6]`, or −1. */
export function nearestHit(bvh: Bvh, ray: Ray): number {
  return trace(bvh, ray, false)
}

/** Whether anything lies between parameters 0 and `ray[6]`. */
export function anyHit(bvh: Bvh, ray: Ray): boolean {
  return trace(bvh, ray, true) >= 0
}

function trace(bvh: Bvh, ray: Ray, any: boolean): number {
  const { bounds, link, size, axis, planes, parallelogram } = bvh
  if (link.length === 0) return -1
  const ox = ray[0]
  const oy = ray[1]
  const oz = ray[2]
  const dx = ray[3]
  const dy = ray[4]
  const dz = ray[5]
  // A direction of exactly 0 would give 0 × ∞; a tiny one gives the same slab test without it.
  const ix = 1 / (dx === 0 ? 1e-300 : dx)
  const iy = 1 / (dy === 0 ? 1e-300 : dy)
  const iz = 1 / (dz === 0 ? 1e-300 : dz)
  const signs = (dx < 0 ? 1 : 0) | (dy < 0 ? 2 : 0) | (dz < 0 ? 4 : 0)
  let far = ray[6]
  let found = -1
  let depth = 0
  let node = 0
  for (;;) {
    const b = node * 6
    const x0 = (bounds[b] - ox) * ix
    const x1 = (bounds[b + 3] - ox) * ix
    const y0 = (bounds[b + 1] - oy) * iy
    const y1 = (bounds[b + 4] - oy) * iy
    const z0 = (bounds[b + 2] - oz) * iz
    const z1 = (bounds[b + 5] - oz) * iz
    let enter = Math.min(x0, x1)
    let leave = Math.max(x0, x1)
    const yEnter = Math.min(y0, y1)
    const yLeave = Math.max(y0, y1)
    const zEnter = Math.min(z0, z1)
    const zLeave = Math.max(z0, z1)
    if (yEnter > enter) enter = yEnter
    if (zEnter > enter) enter = zEnter
    if (yLeave < leave) leave = yLeave
    if (zLeave < leave) leave = zLeave
    if (enter <= leave && leave >= 0 && enter <= far) {
      const count = size[node]
      if (count === 0) {
        // Nearer child first: the left one unless the ray runs against the axis of the cut.
        if ((signs >> axis[node]) & 1) {
          stack[depth++] = node + 1
          node = link[node]
        } else {
          stack[depth++] = link[node]
          node = node + 1
        }
        continue
      }
      const first = link[node]
      for (let i = first; i < first + count; i++) {
        const k = i * 12
        const nx = planes[k]
        const ny = planes[k + 1]
        const nz = planes[k + 2]
        const t = (planes[k + 3] - nx * ox - ny * oy - nz * oz) / (nx * dx + ny * dy + nz * dz)
        if (!(t > 0 && t < far)) continue
        const x = ox + t * dx
        const y = oy + t * dy
        const z = oz + t * dz
        const u = planes[k + 4] * x + planes[k + 5] * y + planes[k + 6] * z + planes[k + 7]
        if (!(u >= -slack && u <= 1 + slack)) continue
        const v = planes[k + 8] * x + planes[k + 9] * y + planes[k + 10] * z + planes[k + 11]
        if (!(v >= -slack && (parallelogram[i] ? v : u + v) <= 1 + slack)) continue
        if (any) return i
        far = t
        found = i
        ray[7] = u
        ray[8] = v
      }
    }
    if (depth === 0) break
    node = stack[--depth]
  }
  if (found >= 0) ray[6] = far
  return found
}
