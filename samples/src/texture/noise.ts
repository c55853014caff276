/**
 * Value noise and fractal sums of it, with analytic gradients, on an integer-hashed lattice that never repeats within a
 * scene. Octaves finer than the pixel are faded out, so that a single sample per pixel does not alias (band limiting as
 * in Ebert et al., "Texturing and Modeling", ch. 2).
 */

/** Result of the last call of {@link fractalNoise}: value, then its gradient along x, y, z (per unit length). */
export const noise = new Float64Array(4)

/** Lattice frame, rotated away from the axes so that axis-aligned walls do not show the lattice. */
const A00 = 0.36
const A01 = 0.48
const A02 = -0.8
const A10 = -0.8
const A11 = 0.6
const A12 = 0
const A20 = 0.48
const A21 = 0.64
const A22 = 0.6

/** Ratio of the frequencies of neighbouring octaves; not 2, so that their lattices never line up. */
const lacunarity = 2.07

/** Uniform in [0, 1) from any 32-bit integer. */
export function hash01(h: number): number {
  return (hash32(h) >>> 0) / 0x100000000
}

/** A well-mixed 32-bit integer (finaliser of Wang / Mueller kind: two rounds of xor-shift and multiply). */
export function hash32(h: number): number {
  h = Math.imul(h ^ (h >>> 16), 0x7feb352d)
  h = Math.imul(h ^ (h >>> 15), 0x846ca68b)
  return h ^ (h >>> 16)
}

/** Joins two integers into one hash. */
export function hash2(a: number, b: number): number {
  return hash32(Math.imul(a, 0x9e3779b1) ^ hash32(b))
}

/** Lattice value in [−1, 1). */
function lattice(h: number): number {
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d)
  h = Math.imul(h ^ (h >>> 13), 0x297a2d39)
  return (h ^ (h >>> 16)) * 4.656612873077393e-10
}

/**
 * Sum of `octaves` of value noise at the point `p` (3 numbers at `p[0..2]`), first octave with the frequency `frequency`
 * (lattice cells per unit length) and weight 1, each further one finer by {@link lacunarity} with its weight times `gain`.
 * Octaves fade out as their cell falls from 1.3 to 0.6 of `footprint` (the size of a pixel on the surface, same unit).
 * Writes value and gradient to {@link noise}; one octave lies in [−1, 1].
 */
export function fractalNoise(
  p: Float64Array,
  frequency: number,
  octaves: number,
  gain: number,
  seed: number,
  footprint: number,
): void {
  const px = p[0]
  const py = p[1]
  const pz = p[2]
  const x0 = A00 * px + A01 * py + A02 * pz
  const y0 = A10 * px + A11 * py + A12 * pz
  const z0 = A20 * px + A21 * py + A22 * pz
  let value = 0
  let gx = 0
  let gy = 0
  let gz = 0
  let weight = 1
  let scale = frequency
  let shift = 0.37
  let salt = seed | 0
  for (let octave = 0; octave < octaves; octave++) {
    const cell = 1 / (scale * footprint)
    if (cell <= 0.6) break
    const amplitude = cell >= 1.3 ? weight : weight * ((cell - 0.6) / 0.7)
    const x = x0 * scale + shift
    const y = y0 * scale + shift * 1.7
    const z = z0 * scale - shift * 2.3
    const fx = Math.floor(x)
    const fy = Math.floor(y)
    const fz = Math.floor(z)
    const u = x - fx
    const v = y - fy
    const w = z - fz
    const hx0 = Math.imul(fx, 0x1b873593) + salt
    const hx1 = hx0 + 0x1b873593
    const hy0 = Math.imul(fy, 0x6c8e9cf5)
    const hy1 = hy0 + 0x6c8e9cf5
    const hz0 = Math.imul(fz, 0x3c6ef372)
    const hz1 = hz0 + 0x3c6ef372
    const a = lattice(hx0 + hy0 + hz0)
    const b = lattice(hx1 + hy0 + hz0)
    const c = lattice(hx0 + hy1 + hz0)
    const d = lattice(hx1 + hy1 + hz0)
    const e = lattice(hx0 + hy0 + hz1)
    const f = lattice(hx1 + hy0 + hz1)
    const g = lattice(hx0 + hy1 + hz1)
    const h = lattice(hx1 + hy1 + hz1)
    const su = u * u * (3 - 2 * u)
    const sv = v * v * (3 - 2 * v)
    const sw = w * w * (3 - 2 * w)
    const k1 = b - a
    const k2 = c - a
    const k3 = e - a
    const k4 = a - b - c + d
    const k5 = a - c - e + g
    const k6 = a - b - e + f
    const k7 = b - a + c - d + e - f - g + h
    value += amplitude * (a + k1 * su + (k2 + k4 * su) * sv + (k3 + k6 * su + (k5 + k7 * su) * sv) * sw)
    const slope = amplitude * scale * 6
    gx += slope * u * (1 - u) * (k1 + k4 * sv + (k6 + k7 * sv) * sw)
    gy += slope * v * (1 - v) * (k2 + k4 * su + (k5 + k7 * su) * sw)
    gz += slope * w * (1 - w) * (k3 + k6 * su + (k5 + k7 * su) * sv)
    weight *= gain
    scale *= lacunarity
    shift += 11.31
    salt = (salt + 0x5bd1e995) | 0
  }
  noise[0] = value
  noise[1] = A00 * gx + A10 * gy + A20 * gz
  noise[2] = A01 * gx + A11 * gy + A21 * gz
  noise[3] = A02 * gx + A12 * gy + A22 * gz
}

/** Result of the last call of {@link cells}: distance to the nearest border, integer id, unit direction to the border x, y. */
export const cell = new Float64Array(4)

/**
 * Voronoi cells of jittered points in the plane (side of a lattice cell: 1). Writes {@link cell}: how far the nearest
 * border is, the hash of the cell, and the direction towards that border.
 */
export function cells(x: number, y: number, jitter: number, seed: number): void {
  const fx = Math.floor(x)
  const fy = Math.floor(y)
  let best = 1e9
  let second = 1e9
  let bestX = 0
  let bestY = 0
  let secondX = 0
  let secondY = 0
  let id = 0
  for (let j = -1; j <= 1; j++) {
    for (let i = -1; i <= 1; i++) {
      const h = hash2(hash2(fx + i, fy + j), seed)
      const qx = fx + i + 0.5 + jitter * ((h & 0xffff) / 65536 - 0.5)
      const qy = fy + j + 0.5 + jitter * ((h >>> 16) / 65536 - 0.5)
      const d = (qx - x) * (qx - x) + (qy - y) * (qy - y)
      if (d < best) {
        second = best
        secondX = bestX
        secondY = bestY
        best = d
        bestX = qx
        bestY = qy
        id = h
      } else if (d < second) {
        second = d
        secondX = qx
        secondY = qy
      }
    }
  }
  const nx = secondX - bestX
  const ny = secondY - bestY
  const length = Math.sqrt(nx * nx + ny * ny)
  cell[0] = (second - best) / (2 * length)
  cell[1] = id >>> 2
  cell[2] = nx / length
  cell[3] = ny / length
}

/** 0 below `low`, 1 above `high`, smooth between. */
export function smoothstep(low: number, high: number, x: number): number {
  const t = Math.min(1, Math.max(0, (x - low) / (high - low)))
  return t * t * (3 - 2 * t)
}
