import { atan2 } from '@epipole/core'
import { letterDistance } from './letters.js'
import type { Inscription, Mosaic, Pottery, Wood } from './material.js'
import { cell, cells, fractalNoise, hash2, hash01, noise, smoothstep } from './noise.js'
import { stone } from './stone.js'
import { mixAlbedo, type Surface, setAlbedo, setSlope } from './surface.js'

export function pottery(m: Pottery, s: Surface, seed: number): void {
  fractalNoise(s, 6, 7, 0.75, seed, s[3])
  const grain = noise[0]
  const tone = 0.9 + 0.22 * grain
  setAlbedo(s, tone * m.clay[0], tone * m.clay[1], tone * m.clay[2])
  setSlope(s, 0.0015 * noise[1], 0.0015 * noise[2], 0.0015 * noise[3])
  const angle = atan2(s[1], s[0]) / (2 * Math.PI)
  for (const [from, to] of m.bands) {
    const up = (s[2] - from) / (to - from)
    if (up < 0 || up > 1) continue
    const turn = angle * 22
    const step = turn - Math.floor(turn)
    // A meander: bars above and below, a stair between; the brush was not steady.
    const line = up < 0.14 || up > 0.86 || Math.abs(step - 0.5) < 0.13 || (step > 0.37 && Math.abs(up - 0.62) < 0.1)
    const worn = smoothstep(0.9, 0.35, grain)
    if (line) mixAlbedo(s, 0.92 * worn, m.paint[0], m.paint[1], m.paint[2])
  }
}

const stretched = new Float64Array(3)

export function wood(m: Wood, s: Surface, seed: number): void {
  const alongX = Math.abs(s[5]) >= Math.abs(s[4])
  const across = (alongX ? s[0] : s[1]) / m.plank
  const plank = Math.floor(across)
  const id = hash2(plank, seed)
  stretched[0] = s[0]
  stretched[1] = s[1]
  stretched[2] = s[2] * 0.08
  fractalNoise(stretched, 18, 6, 0.8, id, s[3])
  const share = 0.5 + 0.38 * noise[0]
  const tone = 0.75 + 0.5 * hash01(id)
  setAlbedo(
    s,
    tone * (m.dark[0] + share * (m.light[0] - m.dark[0])),
    tone * (m.dark[1] + share * (m.light[1] - m.dark[1])),
    tone * (m.dark[2] + share * (m.light[2] - m.dark[2])),
  )
  setSlope(s, 0.002 * noise[1], 0.002 * noise[2], 0)
  const edge = Math.min(across - plank, plank + 1 - across) * m.plank
  mixAlbedo(s, 0.85 * smoothstep(0.008 + s[3], 0.002, edge), 0.03, 0.025, 0.02)
}

export function mosaic(m: Mosaic, s: Surface, seed: number): void {
  cells(s[0] / m.tessera, s[2] / m.tessera, 0.55, seed)
  const edge = cell[0] * m.tessera
  const id = cell[1]
  // The picture is decided for the middle of a tessera's neighbourhood, so its outlines are ragged as in a real one.
  const jitter = 0.7 * m.tessera
  const x = s[0] + jitter * (hash01(id) - 0.5)
  const z = s[2] + jitter * (hash01(id + 1) - 0.5)
  const r = Math.sqrt(x * x + z * z) / m.radius
  const turn = atan2(z, x) / (2 * Math.PI) + 0.5
  const ray = turn * 16 + (r > 0.3 && r < 0.66 ? 0.9 * (r - 0.3) : 0)
  const inRay = Math.abs(ray - Math.floor(ray) - 0.5) < 0.42 - 0.55 * (r - 0.24)
  const wave = turn * 36 - Math.floor(turn * 36)
  let color = 0
  if (r < 0.22) color = r < 0.12 ? 2 : 3
  else if (r < 0.68) color = inRay ? 2 : 1
  else if (r < 0.73) color = 3
  else if (r < 0.9) color = (r - 0.73) / 0.17 < wave * wave * 1.3 ? 1 : 0
  else color = r < 0.95 ? 3 : 0
  const c = m.colors[color]
  fractalNoise(s, 9, 5, 0.75, hash2(id, seed), s[3])
  const tone = (0.72 + 0.56 * hash01(id + 2)) * (1 + 0.12 * noise[0])
  setAlbedo(s, tone * c[0], tone * c[1], tone * c[2])
  // Joints too fine to be seen still take their share of the light.
  const crisp = smoothstep(0.9, 0.25, s[3] / (0.3 * m.tessera))
  const joint = crisp * smoothstep(0.0035 + 0.5 * s[3], 0.001, edge) + (1 - crisp) * 0.2
  mixAlbedo(s, joint, 0.3, 0.27, 0.22)
  fractalNoise(s, 1.4, 5, 0.65, seed + 17, s[3])
  // Some of it is lost.
  mixAlbedo(s, 0.85 * smoothstep(0.62, 0.72, noise[0]), 0.5, 0.44, 0.35)
  setSlope(s, 0, 0, 0)
}

export function inscription(m: Inscription, s: Surface, id: number, seed: number): void {
  stone(m.stone, s, id, seed)
  if (Math.abs(s[5]) < 0.8) return
  const x = (s[5] < 0 ? s[0] : -s[0]) / m.letter
  const y = (s[2] - m.foot) / m.letter
  if (y < -0.2 || y > 1.2) return
  const distance = letterDistance(m.text, x, y)
  const half = 0.075
  const blur = 0.02 + (0.7 * s[3]) / m.letter
  const cut = smoothstep(half + 0.5 * blur, half - blur, distance)
  mixAlbedo(s, 0.8 * cut, 0.07, 0.055, 0.04)
}
