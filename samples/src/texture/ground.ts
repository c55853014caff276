import type { Earth, Leaf, Paving } from './material.js'
import { cell, cells, fractalNoise, hash2, hash01, noise, smoothstep } from './noise.js'
import { mixAlbedo, type Surface, setAlbedo, setSlope } from './surface.js'

export function paving(m: Paving, s: Surface, seed: number): void {
  fractalNoise(s, 0.8, 3, 0.5, seed + 1, s[3])
  const wear = noise[0]
  // Further out the earth has the upper hand.
  const far = smoothstep(0.75, 1.05, Math.sqrt(s[0] * s[0] + s[1] * s[1]) / m.radius + 0.22 * wear)
  if (far >= 1) {
    earth(m.earth, s, seed)
    return
  }
  cells(s[0] / m.size + 0.09 * noise[1], s[1] / m.size + 0.09 * noise[2], 0.8, seed)
  const edge = cell[0] * m.size
  const id = cell[1]
  const toEdgeX = cell[2]
  const toEdgeY = cell[3]
  fractalNoise(s, 7, 7, 0.78, hash2(id, seed), s[3])
  const grain = noise[0]
  const gx = 0.004 * noise[1]
  const gy = 0.004 * noise[2]
  const gz = 0.004 * noise[3]
  const tone = 0.8 + 0.4 * hash01(id)
  const warm = 0.16 * (hash01(id + 3) - 0.5)
  const share = 0.5 + 0.33 * grain
  const r = tone * (1 + warm) * (m.dark[0] + share * (m.light[0] - m.dark[0]))
  const g = tone * (m.dark[1] + share * (m.light[1] - m.dark[1]))
  const b = tone * (1 - warm) * (m.dark[2] + share * (m.light[2] - m.dark[2]))
  const joint = 0.009 + 0.022 * smoothstep(-0.3, 1.1, wear) + 0.45 * far
  const blur = 0.006 + s[3]
  const closed = smoothstep(joint - 0.5 * blur, joint + blur, edge + 0.006 * grain)
  if (closed < 1) earth(m.earth, s, seed)
  if (closed < 1 && far < 0.5) {
    // Joints lie deep: less light reaches them.
    mixAlbedo(s, 0.5, 0.05, 0.045, 0.03)
  }
  if (closed === 1) setAlbedo(s, r, g, b)
  else mixAlbedo(s, closed, r, g, b)
  const rim = 0.4 * smoothstep(0.035, 0.004, Math.abs(edge - joint)) * (1 - far)
  setSlope(s, gx - rim * toEdgeX, gy - rim * toEdgeY, gz)
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
