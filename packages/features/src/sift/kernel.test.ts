import { atan2, cos, exp, sin } from '@epipole/core'
import { describe, expect, test } from 'vitest'
import { texture } from '../../testing/images.js'
import type { GrayImage } from '../features.js'
import { Arena } from '../kernels/instantiate.js'
import { type SiftKernel, siftKernel } from './kernel.js'

/** A float image at an address of the kernel's memory. */
interface Plane {
  readonly address: number
  readonly stride: number
  readonly width: number
  readonly height: number
}

function reserve(arena: Arena, width: number, height: number): Plane {
  const stride = 64 * (Math.ceil(width / 16) + 2)
  return { address: arena.reserve(stride * height), stride, width, height }
}

function write(kernel: SiftKernel, plane: Plane, value: (x: number, y: number) => number): void {
  for (let y = 0; y < plane.height; ++y) {
    const row = new Float32Array(kernel.memory.buffer, plane.address + y * plane.stride, plane.width)
    for (let x = 0; x < plane.width; ++x) row[x] = value(x, y)
  }
}

const read = (kernel: SiftKernel, plane: Plane, y: number) =>
  Array.from(new Float32Array(kernel.memory.buffer, plane.address + y * plane.stride, plane.width))

const clamp = (i: number, size: number) => Math.min(Math.max(i, 0), size - 1)

/** Σ w(distance) · f, normalised, in both directions: the definition of a Gaussian blur at any position. */
function blurredAt(image: GrayImage, x: number, y: number, sigma: number, radius: number): number {
  let sum = 0
  let total = 0
  for (let j = Math.floor(y) - radius; j <= Math.ceil(y) + radius; ++j) {
    for (let i = Math.floor(x) - radius; i <= Math.ceil(x) + radius; ++i) {
      const weight = exp(-((i - x) ** 2 + (j - y) ** 2) / (2 * sigma * sigma))
      sum += weight * image.data[clamp(j, image.height) * image.width + clamp(i, image.width)]!
      total += weight
    }
  }
  return sum / total
}

async function setUp(width: number, height: number) {
  const kernel = await siftKernel()
  const arena = new Arena(kernel)
  const from = reserve(arena, width, height)
  const to = reserve(arena, 2 * width, 2 * height)
  const taps = arena.reserve(4 * 64)
  const temporary = arena.reserve(8 * width + 1024)
  const spare = arena.reserve(16 * width + 1024)
  arena.commit()
  return { kernel, arena, from, to, taps, temporary, spare }
}

describe('blurRow', () => {
  test('agrees with OpenCV', async () => {
    const { kernel, from, to, taps, temporary } = await setUp(12, 9)
    write(kernel, from, (x, y) => ((12 * y + x) * 7919) % 251)
    kernel.gaussianTaps(taps, 5, 1.2, 0, 1)
    for (let y = 0; y < 9; ++y) {
      const out = to.address + y * to.stride
      kernel.blurRow(from.address, 9, from.stride, y, 12, 9, taps, taps, 5, temporary, out, 0)
    }
    // a = (np.arange(108).reshape(9, 12) * 7919 % 251).astype(np.float32)
    // cv2.GaussianBlur(a, (11, 11), 1.2, 1.2, borderType=cv2.BORDER_REPLICATE)[[0, 4, 8]]
    const expected = new Map([
      [
        0,
        [
          63.6539, 82.456, 97.9256, 111.0406, 122.9428, 133.4874, 141.7485, 149.6277, 154.1271, 143.9984, 113.2798,
          79.3432,
        ],
      ],
      [
        4,
        [
          152.0998, 141.9891, 128.3561, 121.6324, 123.1226, 122.8518, 121.3263, 125.2361, 132.6898, 135.8498, 130.2941,
          120.1403,
        ],
      ],
      [
        8,
        [
          146.1184, 142.7477, 148.643, 157.3369, 157.3551, 137.9761, 112.863, 103.7775, 108.431, 116.9518, 128.3258,
          145.0451,
        ],
      ],
    ])
    for (const [y, row] of expected) {
      for (const [x, value] of read(kernel, to, y).slice(0, 12).entries()) expect(value).toBeCloseTo(row[x]!, 3)
    }
  })

  test('the difference from the unblurred row is written beside it', async () => {
    const { kernel, from, to, taps, temporary, spare } = await setUp(33, 7)
    write(kernel, from, (x, y) => (x * 37 + y * 11) % 17)
    kernel.gaussianTaps(taps, 4, 1, 0, 1)
    kernel.blurRow(from.address, 7, from.stride, 3, 33, 7, taps, taps, 4, temporary, to.address, spare)
    const difference = new Float32Array(kernel.memory.buffer, spare, 33)
    const blurred = read(kernel, to, 0)
    for (const [x, value] of read(kernel, from, 3).entries()) {
      expect(difference[x]).toBe(Math.fround(blurred[x]! - value))
    }
  })
})

describe('doubleRow', () => {
  test('samples the blurred photo at every half pixel', async () => {
    const image = texture(30, 22)
    const { kernel, from, to, taps, temporary } = await setUp(30, 22)
    write(kernel, from, (x, y) => image.data[y * 30 + x]!)
    const radius = 5
    for (const [i, half] of [0, 1, 0, 1].entries()) kernel.gaussianTaps(taps + 24 * i, radius, 0.76, half, 1)
    for (let y = 0; y < 43; ++y) {
      const out = to.address + y * to.stride
      kernel.doubleRow(from.address, 22, from.stride, y, 30, 22, taps, radius, temporary, out)
      for (const [x, value] of read(kernel, to, y).slice(0, 59).entries()) {
        expect(Math.abs(value - blurredAt(image, x / 2, y / 2, 0.76, 6))).toBeLessThan(0.001)
      }
    }
  })
})

describe('halveRow', () => {
  test.each([
    [40, 36],
    [41, 35],
    [40, 35],
  ])('keeps a smooth function where it is, mirrored alike (%i × %i)', async (width, height) => {
    const { kernel, from, to, temporary, spare } = await setUp(width, height)
    const wave = (x: number, y: number) => 100 + 50 * sin(0.4 * x + 0.2) * cos(0.35 * y)
    write(kernel, from, wave)
    const shift = (size: number) => (size % 2 === 0 ? 0.5 : 0)
    for (let y = 0; y < Math.ceil(height / 2); ++y) {
      const out = to.address + y * to.stride
      kernel.halveRow(from.address, height, from.stride, y, width, height, temporary, spare, out)
      if (y < 2 || y > height / 2 - 3) continue
      for (const [x, value] of read(kernel, to, y)
        .slice(0, Math.ceil(width / 2))
        .entries()) {
        if (x < 2 || x > width / 2 - 3) continue
        expect(Math.abs(value - wave(2 * x + shift(width), 2 * y + shift(height)))).toBeLessThan(0.02)
      }
    }
  })
})

describe('describe', () => {
  /** The descriptor by its definition, in f64, from the blurred photo at octave samples `step` pixels apart. */
  function reference(image: GrayImage, x: number, y: number, sigma: number, step: number, theta: number): number[] {
    const blur = Math.sqrt((sigma * step) ** 2 - 0.25 ** 2)
    const radius = Math.ceil(4.5 * blur)
    const value = (i: number, j: number) => blurredAt(image, i * step, j * step, blur, radius) / 255
    const bin = 3 * sigma
    const reach = Math.floor(Math.SQRT2 * bin * 2.5 + 0.5)
    const histogram = new Float64Array(128)
    for (let j = Math.round(y) - reach; j <= Math.round(y) + reach; ++j) {
      for (let i = Math.round(x) - reach; i <= Math.round(x) + reach; ++i) {
        const [dx, dy] = [i - x, j - y]
        const nx = (cos(theta) * dx + sin(theta) * dy) / bin
        const ny = (cos(theta) * dy - sin(theta) * dx) / bin
        if (Math.max(Math.abs(nx), Math.abs(ny)) >= 2.5) continue
        const gx = (value(i + 1, j) - value(i - 1, j)) / 2
        const gy = (value(i, j + 1) - value(i, j - 1)) / 2
        const weight = Math.sqrt(gx * gx + gy * gy) * exp(-(nx * nx + ny * ny) / 8)
        const turn = (-(atan2(gy, gx) - theta) * 8) / (2 * Math.PI)
        for (let c = 0; c < 16; ++c) {
          const wx = 1 - Math.abs(nx + 1.5 - (c % 4))
          const wy = 1 - Math.abs(ny + 1.5 - Math.floor(c / 4))
          if (wx <= 0 || wy <= 0) continue
          for (let t = 0; t < 8; ++t) {
            const apart = Math.abs(((((turn - t + 4) % 8) + 8) % 8) - 4)
            if (apart < 1) histogram[8 * c + t]! += weight * wx * wy * (1 - apart)
          }
        }
      }
    }
    const unit = (row: Float64Array) => row.map((v) => v / Math.sqrt(row.reduce((sum, w) => sum + w * w, 0)))
    const clamped = unit(histogram).map((v) => Math.min(v, 0.2))
    const sum = clamped.reduce((total, v) => total + v, 0)
    return Array.from(clamped, (v) => Math.min(255, Math.round(512 * Math.sqrt(v / sum))))
  }

  test.each([
    { name: 'the doubled octave', kind: 0, step: 0.5, x: 60.3, y: 50.8, sigma: 1.9 },
    { name: 'the doubled octave, odd start', kind: 0, step: 0.5, x: 61.4, y: 51.1, sigma: 2.1 },
    { name: 'the photo itself', kind: 1, step: 1, x: 30.4, y: 31.7, sigma: 1.7 },
  ])('agrees with the definition in $name', async ({ kind, step, x, y, sigma }) => {
    const image = texture(64, 60, 2)
    const kernel = await siftKernel()
    const arena = new Arena(kernel)
    const photo = arena.reserve(image.data.length)
    const scratch = arena.reserve(kernel.describeScratchBytes())
    const angles = arena.reserve(4 * 18)
    const out = arena.reserve(128 * 18)
    arena.commit()
    new Uint8Array(kernel.memory.buffer).set(image.data, photo)
    kernel.setSource(kind, photo, 64, 64, 60, 0.25 / step, scratch)
    const count = kernel.describe(x, y, sigma, 18, false, true, angles, out)
    expect(count).toBeGreaterThan(0)
    for (let k = 0; k < count; ++k) {
      const theta = new Float32Array(kernel.memory.buffer, angles, count)[k]!
      const ours = new Uint8Array(kernel.memory.buffer, out + 128 * k, 128)
      const expected = reference(image, x, y, sigma, step, theta)
      // Near zero the root magnifies rounding, so the whole vector is compared first.
      const apart = Math.sqrt(expected.reduce((sum, v, i) => sum + (v - ours[i]!) ** 2, 0))
      expect(apart).toBeLessThan(0.01 * 512)
      expect(Math.max(...expected.map((v, i) => Math.abs(v - ours[i]!)))).toBeLessThanOrEqual(3)
    }
  })

  test('the orientation is that of the gradient', async () => {
    const kernel = await siftKernel()
    const arena = new Arena(kernel)
    const photo = arena.reserve(64 * 64)
    const scratch = arena.reserve(kernel.describeScratchBytes())
    const angles = arena.reserve(4 * 18)
    const out = arena.reserve(128 * 18)
    arena.commit()
    for (let k = 0; k < 24; ++k) {
      const theta = ((k + 0.3) * 2 * Math.PI) / 24 - Math.PI
      const ramp = new Uint8Array(kernel.memory.buffer, photo, 64 * 64)
      for (let i = 0; i < ramp.length; ++i) {
        ramp[i] = Math.round(128 + 2.5 * ((i % 64) - 32) * cos(theta) + 2.5 * (Math.floor(i / 64) - 32) * sin(theta))
      }
      kernel.setSource(1, photo, 64, 64, 64, 0.25, scratch)
      expect(kernel.describe(32.2, 31.6, 2, 18, false, true, angles, out)).toBe(1)
      const found = new Float32Array(kernel.memory.buffer, angles, 1)[0]!
      expect(Math.cos(found - theta)).toBeGreaterThan(Math.cos((0.5 * Math.PI) / 180))
    }
  })
})
