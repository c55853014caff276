import { exp, log, pow, randomStream } from '@epipole/core'
import { hash2, hash32 } from '../texture/noise.js'
import type { View } from './view.js'

/** How light becomes numbers. All values are of linear radiance, where 1 is the white of the photo. */
export interface Sensor {
  /** Standard deviation of the read noise. */
  readonly readNoise: number
  /** Variance of the photon noise per unit of signal. */
  readonly shotNoise: number
  /** Loss of light in the corners, 0 to 1. */
  readonly vignetting: number
  /** Share of a pixel's light that each of its four neighbours gets, from lens blur and diffraction. */
  readonly blur: number
}

export const defaultSensor: Sensor = { readNoise: 0.0012, shotNoise: 0.00012, vignetting: 0.12, blur: 0.055 }

/** Entries of the tone curve's table over [0, 1]. */
const toneSteps = 8192
const normalCount = 1 << 14

let toneTable: Uint8Array | undefined

/** Highlights are rolled off from 0.6 on, then the transfer curve of sRGB (IEC 61966-2-1). */
function toneCurve(): Uint8Array {
  toneTable ??= Uint8Array.from({ length: toneSteps + 1 }, (_, i) => {
    // The table covers radiance 0 to 2, finer in the dark.
    const x = 2 * (i / toneSteps) * (i / toneSteps)
    const rolled = x < 0.6 ? x : 0.6 + 0.4 * (1 - exp(-(x - 0.6) / 0.4))
    const encoded = rolled <= 0.0031308 ? 12.92 * rolled : 1.055 * pow(rolled, 1 / 2.4) - 0.055
    return Math.floor(255 * encoded + 0.5)
  })
  return toneTable
}

/**
 * The photo of a radiance image: exposure and white balance, vignetting, blur, photon and read noise, tone curve. The noise
 * depends on the seed, the photo's name and the pixel only.
 *
 * @param radiance `width × height × 3`, changed
 */
export function develop(
  radiance: Float32Array,
  width: number,
  height: number,
  view: Pick<View, 'name' | 'exposureEv' | 'whiteBalance'>,
  seed: number,
  sensor: Sensor = defaultSensor,
): Uint8Array {
  expose(radiance, width, height, view, sensor.vignetting)
  if (sensor.blur > 0) blur(radiance, width, height, sensor.blur)
  const random = randomStream(seed, 'sensor', view.name)
  const salt = random.int(1 << 30)
  const normals = Float64Array.from({ length: normalCount }, () => random.normal())
  const tone = toneCurve()
  const rgb = new Uint8Array(width * height * 3)
  const readVariance = sensor.readNoise * sensor.readNoise
  for (let i = 0; i < rgb.length; i++) {
    const signal = radiance[i]
    const deviation = Math.sqrt(readVariance + sensor.shotNoise * signal)
    const noisy = signal + deviation * normals[hash32(i + salt) >>> 18]
    const clipped = Math.min(2, Math.max(0, noisy))
    rgb[i] = tone[Math.floor(Math.sqrt(clipped * 0.5) * toneSteps + 0.5)]
  }
  return rgb
}

function expose(
  radiance: Float32Array,
  width: number,
  height: number,
  { exposureEv = 0, whiteBalance = [1, 1, 1] }: Pick<View, 'exposureEv' | 'whiteBalance'>,
  vignetting: number,
): void {
  const gain = exp(exposureEv * log(2))
  const cx = width / 2
  const cy = height / 2
  const corner = cx * cx + cy * cy
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const r2 = ((x + 0.5 - cx) * (x + 0.5 - cx) + (y + 0.5 - cy) * (y + 0.5 - cy)) / corner
      const g = gain * (1 - vignetting * r2)
      const i = (y * width + x) * 3
      radiance[i] *= g * whiteBalance[0]
      radiance[i + 1] *= g * whiteBalance[1]
      radiance[i + 2] *= g * whiteBalance[2]
    }
  }
}

/** [b, 1 − 2b, b] along rows, then columns; borders repeat. */
function blur(image: Float32Array, width: number, height: number, b: number): void {
  const pass = (first: number, step: number, count: number) => {
    for (let k = 0; k < 3; k++) {
      let i = first + k
      let before = image[i]
      for (let n = 0; n < count; n++, i += step) {
        const here = image[i]
        const after = n + 1 < count ? image[i + step] : here
        image[i] = here + b * (before + after - 2 * here)
        before = here
      }
    }
  }
  for (let y = 0; y < height; y++) pass(y * width * 3, 3, width)
  for (let x = 0; x < width; x++) pass(x * 3, width * 3, height)
}

/** A seed for the samples of a photo, from its name. */
export function photoSeed(seed: number, name: string): number {
  let h = hash32(seed | 0)
  for (let i = 0; i < name.length; i++) h = hash2(h, name.charCodeAt(i))
  return h
}
