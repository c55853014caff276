import type { Earth, Leaf, Paving } from './material.js'
import { cell, cells, fractalNoise, hash2, hash01, noise, smoothstep } from './noise.js'
import { mixAlbedo, type Surface, setAlbedo, setSlope } from './surface.js'

export function paving(m: Paving, s: Surface, seed: number): void {
  fractalNoise(s, 1.1, 4, 0.55, seed + 1, s[3])
  const warpX = noise[1] * 0.05
  const warpY = noise[2] * 0.05
  const wear = noise[0]
  cells((s[0] + warpX) / m.size, (s[1] + warpY) / m.size, 0.85, seed)
  const edge = cell[0] * m.size
  const id = cell[1]
  const toEdgeX = cell[2]
  const toEdgeY = cell[3]
  fractalNoise(s, 7, 7, 0.78, hash2(id, seed), s[3])
  const grain = noise[0]
  const slope = 0.004
  const tone = 0.78 + 0.44 * hash01(id)
  const warm = 0.16 * (hash01(id + 3) - 0.5)
  const share = 0.5 + 0.33 * grain
  setAlbedo(
    s,
    tone * (1 + warm) * (m.dark[0] + share * (m.light[0] - m.dark[0])),
    tone * (m.dark[1] + share * (m.light[1] - m.dark[1])),
    tone * (1 - warm) * (m.dark[2] + share * (m.light[2] - m.dark[2])),
  )
  // Joints widen where few people walk; further out the earth has the upper hand.
  const far = Math.sqrt(s[0] * s[0] + s[1] * s[1]) / m.radius + 0.22 * wear
  const joint = 0.012 + 0.03 * smoothstep(-0.2, 1.2, wear) + 0.5 * smoothstep(0.75, 1.05, far)
  const blur = 0.008 + s[3]
  const open = smoothstep(joint + blur, joint - 0.5 * blur, edge + 0.01 * grain)
  const soil = 1 + 0.35 * grain
  mixAlbedo(s, open, soil * m.joint[0], soil * m.joint[1], soil * m.joint[2])
  const rim = 0.4 * smoothstep(0.05, 0.005, Math.abs(edge - joint)) * (1 - smoothstep(0.75, 1.05, far))
  setSlope(s, slope * noise[1] - rim * toEdgeX, slope * noise[2] - rim * toEdgeY, slope * noise[3])
}

export function earth(m: Earth, s: Surface, seed: number): void {
  fractalNoise(s, 0.16, 4, 0.7, seed + 1, s[3])
  const patch = noise[0]
  fractalNoise(s, 2.3, 7, 0.82, seed, s[3])
  const grain = noise[0]
  const share = smoothstep(-0.7, 0.7, patch + 0.55 * grain)
  const tone = 1 + 0.3 * grain
  setAlbedo(
    s,
    tone * (m.soil[0] + share * (m.grass[0] - m.soil[0])),
    tone * (m.soil[1] + share * (m.grass[1] - m.soil[1])),
    tone * (m.soil[2] + share * (m.grass[2] - m.soil[2])),
  )
  setSlope(s, 0.02 * noise[1], 0.02 * noise[2], 0)
}

export function leaf(m: Leaf, s: Surface, id: number): void {
  const share = hash01(id)
  const tone = 0.75 + 0.5 * hash01(id + 1)
  setAlbedo(
    s,
    tone * (m.dark[0] + share * (m.light[0] - m.dark[0])),
    tone * (m.dark[1] + share * (m.light[1] - m.dark[1])),
    tone * (m.dark[2] + share * (m.light[2] - m.dark[2])),
  )
  setSlope(s, 0, 0, 0)
}
