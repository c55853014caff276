import type { Masonwork, Plaster } from './material.js'
import { fractalNoise, hash2, hash01, noise, smoothstep } from './noise.js'
import { mixAlbedo, type Surface, setAlbedo, setSlope } from './surface.js'

/** Result of {@link bond}: distance to the joint, hash of the brick, and the slope of the joint along the wall and up. */
const brickAt = new Float64Array(4)

/** The brick at `along`, `up` of a wall in running bond with uneven lengths. */
function bond(m: Masonwork, along: number, up: number, seed: number): void {
  const row = Math.floor(up / m.height)
  const shift = hash01(hash2(row, seed)) * 0.3 + (row & 1) * 0.5
  const x = along / m.length + shift
  const column = Math.floor(x)
  // The joint before a brick is moved at random, so that no two rows look alike.
  const start = column + 0.3 * (hash01(hash2(hash2(row, column), seed)) - 0.5)
  const next = column + 1 + 0.3 * (hash01(hash2(hash2(row, column + 1), seed)) - 0.5)
  const id = x < start ? column - 1 : x >= next ? column + 1 : column
  const before = x < start ? start - x : x >= next ? x - next : x - start
  const after = x < start || x >= next ? 1 : next - x
  const side = Math.min(before, after) * m.length
  const level = up - row * m.height
  const bed = Math.min(level, m.height - level)
  brickAt[0] = Math.min(side, bed)
  brickAt[1] = hash2(hash2(row, id), seed) >>> 2
  brickAt[2] = side < bed ? (before < after ? 1 : -1) : 0
  brickAt[3] = side < bed ? 0 : level < m.height - level ? 1 : -1
}

export function brick(m: Masonwork, s: Surface, seed: number): void {
  const alongX = Math.abs(s[5]) >= Math.abs(s[4])
  bond(m, alongX ? s[0] : s[1], s[2], seed)
  const edge = brickAt[0]
  const id = brickAt[1]
  const blur = 0.006 + s[3]
  const inside = smoothstep(m.joint / 2 - 0.3 * blur, m.joint / 2 + 0.7 * blur, edge)
  fractalNoise(s, 14, 6, 0.8, hash2(id, seed), s[3])
  const grain = noise[0]
  const tone = 0.65 + 0.7 * hash01(id) + 0.3 * grain
  const hue = 0.25 * (hash01(id + 9) - 0.5)
  setAlbedo(s, tone * m.brick[0], tone * (1 + hue) * m.brick[1], tone * (1 + hue) * m.brick[2])
  const rough = 1 + 0.25 * grain
  mixAlbedo(s, 1 - inside, rough * m.mortar[0], rough * m.mortar[1], rough * m.mortar[2])
  const groove = 0.55 * (1 - inside) * (m.joint > s[3] ? 1 : 0)
  const k = 0.0028
  const gx = k * noise[1] + (alongX ? groove * brickAt[2] : 0)
  const gy = k * noise[2] + (alongX ? 0 : groove * brickAt[2])
  setSlope(s, gx, gy, k * noise[3] + groove * brickAt[3])
}

const stretched = new Float64Array(3)

export function plaster(m: Plaster, s: Surface, seed: number): void {
  fractalNoise(s, 0.8, 8, 0.62, seed + 3, s[3])
  const field = noise[0]
  const gx = noise[1]
  const gy = noise[2]
  const gz = noise[3]
  // Less plaster near the ground.
  const gone = field - 1.15 + 2.1 * m.decay + 0.35 * smoothstep(1.2, 0, s[2])
  if (gone > 0.03) {
    brick(m.brick, s, seed)
    // The rim of the plaster throws a little shade on the brick.
    const rim = smoothstep(0.09, 0.03, gone)
    mixAlbedo(s, 0.5 * rim, 0.1, 0.08, 0.06)
    return
  }
  stretched[0] = s[0]
  stretched[1] = s[1]
  stretched[2] = s[2] * 0.22
  fractalNoise(stretched, 3.2, 7, 0.75, seed + 11, s[3])
  const stain = noise[0]
  const tone = 0.9 + 0.14 * stain + 0.1 * field
  setAlbedo(s, tone * m.paint[0], tone * m.paint[1], tone * m.paint[2])
  const damp = smoothstep(0.35, 1.1, stain + smoothstep(0.9, 0, s[2]))
  mixAlbedo(s, 0.55 * damp, 0.26, 0.22, 0.17)
  mixAlbedo(s, 0.75 * smoothstep(-0.05, 0.02, gone), 0.72, 0.66, 0.55)
  // Cracks: where another field crosses zero.
  fractalNoise(s, 1.7, 5, 0.6, seed + 23, s[3])
  const width = Math.sqrt(noise[1] * noise[1] + noise[2] * noise[2] + noise[3] * noise[3]) * (0.003 + 0.5 * s[3])
  mixAlbedo(
    s,
    0.6 * smoothstep(width, 0.2 * width, Math.abs(noise[0])) * smoothstep(0, 0.4, field + 0.3),
    0.12,
    0.1,
    0.08,
  )
  setSlope(s, 0.012 * gx, 0.012 * gy, 0.012 * gz)
}
