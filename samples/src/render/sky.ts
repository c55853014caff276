import { exp } from '@epipole/core'
import type { Light } from '../scenes/scene.js'
import { fractalNoise, noise, smoothstep } from '../texture/noise.js'

const point = new Float64Array(3)

/**
 * Radiance of the sky in a unit direction, into `out[0..2]`. The sun's disc is left out: it is a light of its own.
 *
 * @param detail angle of a pixel in radians for the clouds; 0 leaves them out
 */
export function skyRadiance(light: Light, x: number, y: number, z: number, detail: number, out: Float64Array): void {
  const { zenith, horizon, clouds } = light.sky
  const up = Math.max(0, z)
  // Thick air near the horizon, thin overhead.
  const share = Math.sqrt(up)
  out[0] = horizon[0] + share * (zenith[0] - horizon[0])
  out[1] = horizon[1] + share * (zenith[1] - horizon[1])
  out[2] = horizon[2] + share * (zenith[2] - horizon[2])
  if (z < 0) {
    const ground = Math.min(1, -4 * z)
    for (let k = 0; k < 3; k++) out[k] += ground * (light.bounce[k] - out[k])
    return
  }
  if (detail === 0 || clouds === 0) return
  // A layer of clouds, seen flatter and flatter towards the horizon.
  const scale = 1 / (z + 0.12)
  point[0] = x * scale
  point[1] = y * scale * 1.8
  point[2] = 0.7
  fractalNoise(point, 1.1, 7, 0.53, 0x5eed, detail * scale * scale)
  const cover = smoothstep(0.75 - 1.1 * clouds, 1.5 - 0.9 * clouds, noise[0] + 0.35) * smoothstep(0, 0.12, z)
  const white = 0.92 + 0.1 * noise[0]
  for (let k = 0; k < 3; k++) out[k] += 0.8 * cover * (white * (1.02 - 0.02 * k) - out[k])
}

/** Mixes haze into a radiance (`[0..2]`) seen through `distance` metres of air; returns the share of haze. */
export function throughAir(light: Light, distance: number, radiance: Float64Array): number {
  const x = distance / light.hazeDistance
  if (x < 0.01) return 0
  const haze = 1 - exp(-x)
  const { horizon } = light.sky
  for (let k = 0; k < 3; k++) radiance[k] += haze * (0.85 * horizon[k] - radiance[k])
  return haze
}
