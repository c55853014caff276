import { EpipoleError, exp } from '@epipole/core'
import type { Planes } from './planes.js'

const held = (v: number): number => Math.min(1, Math.max(0, v))

/** factor · image + (1 − factor) · other, held within 0 … 1: what brightness, contrast and saturation are. */
function blend(from: Planes, factor: number, other: (i: number) => number): Planes {
  return { ...from, data: from.data.map((v, i) => held(factor * v + (1 - factor) * other(i))) }
}

/** ITU-R 601 luma of each pixel; a single channel is its own. A `usage` error where there are neither one nor three. */
export function luma({ channels, height, width, data }: Planes): Float32Array {
  const n = height * width
  if (channels === 1) return data
  if (channels !== 3)
    throw new EpipoleError('usage', `An image of ${channels} channels has no luma: gray has one, colour three.`)
  const out = new Float32Array(n)
  for (let i = 0; i < n; i++)
    out[i] = 0.2989 * (data[i] as number) + 0.587 * (data[n + i] as number) + 0.114 * (data[2 * n + i] as number)
  return out
}

/** Towards black (0) and beyond the image (over 1). */
export const adjustBrightness = (from: Planes, factor: number): Planes => blend(from, factor, () => 0)

/** Towards its mean luma. */
export function adjustContrast(from: Planes, factor: number): Planes {
  const gray = luma(from)
  const mean = gray.reduce((a, b) => a + b, 0) / gray.length
  return blend(from, factor, () => mean)
}

/** Towards its own luma. */
export function adjustSaturation(from: Planes, factor: number): Planes {
  const gray = luma(from)
  return blend(from, factor, (i) => gray[i % gray.length] as number)
}

export const toGrayscale = (from: Planes): Planes => adjustSaturation(from, 0)

/** Hue turned by a part of the full circle (−0.5 … 0.5), by way of HSV. */
export function adjustHue(from: Planes, turn: number): Planes {
  const n = from.height * from.width
  if (from.channels !== 3 || turn === 0) return from
  const data = new Float32Array(from.data.length)
  for (let i = 0; i < n; i++) {
    const [r, g, b] = [from.data[i] as number, from.data[n + i] as number, from.data[2 * n + i] as number]
    const value = Math.max(r, g, b)
    const range = value - Math.min(r, g, b)
    const sector =
      range === 0 ? 0 : value === r ? (g - b) / range : value === g ? 2 + (b - r) / range : 4 + (r - g) / range
    const hue = sector + 6 * (1 + turn)
    // Each channel of HSV to RGB is one ramp, seen from another sector.
    const channel = (offset: number) => {
      const k = (offset + hue) % 6
      return value - range * Math.max(0, Math.min(k, 4 - k, 1))
    }
    data[i] = channel(5)
    data[n + i] = channel(3)
    data[2 * n + i] = channel(1)
  }
  return { ...from, data }
}

/** Separable Gaussian blur, kernel of ⌈3σ⌉ on each side, edges reflected as torchvision's `gaussian_blur`. */
export function blurPlanes(from: Planes, sigma: number): Planes {
  const radius = Math.max(1, Math.ceil(3 * sigma))
  const weights = Array.from({ length: 2 * radius + 1 }, (_, i) => exp(-((i - radius) ** 2) / (2 * sigma * sigma)))
  const sum = weights.reduce((a, b) => a + b, 0)
  const kernel = weights.map((w) => w / sum)
  return pass(pass(from, kernel, 1, from.width, from.width), kernel, from.width, from.height, from.width)
}

function pass(from: Planes, kernel: readonly number[], stride: number, length: number, width: number): Planes {
  const radius = (kernel.length - 1) / 2
  const data = new Float32Array(from.data.length)
  const reflect = (p: number): number => {
    if (length === 1) return 0
    const period = 2 * (length - 1)
    const q = ((p % period) + period) % period
    return q < length ? q : period - q
  }
  for (let i = 0; i < data.length; i++) {
    const at = stride === 1 ? i % width : Math.floor(i / width) % length
    let value = 0
    for (let k = -radius; k <= radius; k++)
      value += (kernel[k + radius] as number) * (from.data[i + (reflect(at + k) - at) * stride] as number)
    data[i] = value
  }
  return { ...from, data }
}
