import type { Stone } from './material.js'
import { fractalNoise, hash2, hash01, noise, smoothstep } from './noise.js'
import { mixAlbedo, type Surface, setAlbedo, setSlope } from './surface.js'

export function stone(m: Stone, s: Surface, cell: number, seed: number): void {
  const { light, dark, frequency = 5, contrast = 1, relief = 0.35, tint = 0.25, lichen = 0.25 } = m
  const blockSeed = hash2(cell, seed)
  fractalNoise(s, frequency, 7, 0.78, blockSeed, s[3])
  const grain = noise[0]
  const slope = relief / (frequency * 9)
  setSlope(s, slope * noise[1], slope * noise[2], slope * noise[3])
  const share = Math.min(1.15, Math.max(-0.1, 0.55 + 0.34 * contrast * grain))
  const tone = 1 + tint * (hash01(blockSeed) - 0.5) * 2
  const warm = 0.5 * tint * (hash01(blockSeed + 77) - 0.5)
  setAlbedo(
    s,
    tone * (1 + warm) * (dark[0] + share * (light[0] - dark[0])),
    tone * (dark[1] + share * (light[1] - dark[1])),
    tone * (1 - warm) * (dark[2] + share * (light[2] - dark[2])),
  )
  if (lichen > 0) weather(s, lichen, seed, grain)
}

/** Stains and lichen that run over the joints: grey crusts and a few ochre ones. */
function weather(s: Surface, lichen: number, seed: number, grain: number): void {
  fractalNoise(s, 0.9, 4, 0.6, seed + 5, s[3])
  const patch = noise[0] + 0.25 * grain
  const crust = smoothstep(0.55 - lichen, 0.95 - lichen, patch)
  mixAlbedo(s, 0.55 * crust, 0.2, 0.19, 0.16)
  const ochre = smoothstep(0.8 - 0.6 * lichen, 1.0 - 0.6 * lichen, -patch)
  mixAlbedo(s, 0.5 * ochre, 0.5, 0.36, 0.13)
}
