import { type RandomStream, randomStream } from '@epipole/core'
import { describe, expect, test } from 'vitest'
import {
  type Augmentation,
  augment,
  blur,
  brightness,
  contrast,
  crop,
  erasing,
  flip,
  grayscale,
  hue,
  noise,
  type Planes,
  resizedCrop,
  rotation,
  saturation,
  scaling,
  translation,
} from './index.js'

/*
 * Each augmentation beside torchvision's definition, written down pixel by pixel without any of ours but the stream of random
 * numbers, in the order in which they are drawn.
 */

type Pixel = (channel: number, y: number, x: number) => number
type Reference = (from: Planes, at: Pixel, random: RandomStream) => Pixel

const held = (v: number) => Math.min(1, Math.max(0, v))
/** Bilinear between centres of pixels, 0 outside. */
const between =
  ({ height, width }: Planes, at: Pixel) =>
  (c: number, v: number, u: number): number => {
    let sum = 0
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++)
        sum += Math.max(0, 1 - Math.abs(v - y)) * Math.max(0, 1 - Math.abs(u - x)) * at(c, y, x)
    return sum
  }
const luma = ({ channels }: Planes, at: Pixel, y: number, x: number) =>
  channels === 1 ? at(0, y, x) : 0.2989 * at(0, y, x) + 0.587 * at(1, y, x) + 0.114 * at(2, y, x)
/** Where ten tries find a window of an area and a ratio that `fits`; undefined where none does. */
function window(random: RandomStream, { height, width }: Planes, area: number[], ratio: number[], tall: boolean) {
  for (let i = 0; i < 10; i++) {
    const target = height * width * random.uniform(area[0], area[1])
    const aspect = Math.exp(random.uniform(Math.log(ratio[0]), Math.log(ratio[1])))
    const [a, b] = [Math.round(Math.sqrt(target * aspect)), Math.round(Math.sqrt(target / aspect))]
    const [h, w] = tall ? [a, b] : [b, a]
    if (h < 1 || w < 1 || (tall ? h >= height || w >= width : h > height || w > width)) continue
    const top = random.int(height - h + 1)
    return { h, w, top, left: random.int(width - w + 1) }
  }
  return undefined
}
/** torchvision.transforms.functional_tensor._rgb2hsv, the hue moved, _hsv2rgb. */
function turnedHue(rgb: number[], turn: number): number[] {
  const [r, g, b] = rgb
  const v = Math.max(r, g, b)
  const range = v - Math.min(r, g, b)
  if (range === 0) return rgb
  const [rc, gc, bc] = rgb.map((c) => (v - c) / range)
  const sector = v === r ? bc - gc : v === g ? 2 + rc - bc : 4 + gc - rc
  const h = (((sector / 6 + turn) % 1) + 1) % 1
  const i = Math.floor(6 * h)
  const f = 6 * h - i
  const s = range / v
  const [p, q, t] = [v * (1 - s), v * (1 - s * f), v * (1 - s * (1 - f))]
  return [
    [v, t, p],
    [q, v, p],
    [p, v, t],
    [p, q, v],
    [t, p, v],
    [v, p, q],
  ][i % 6]
}

const CASES: [Augmentation, Reference][] = [
  [
    flip(1),
    ({ width }, at, random) => {
      random.float()
      return (c, y, x) => at(c, y, width - 1 - x)
    },
  ],
  [
    crop(2),
    ({ height, width }, at, random) => {
      const [dx, dy] = [random.int(5) - 2, random.int(5) - 2]
      return (c, y, x) => {
        const [u, v] = [x + dx, y + dy]
        return u < 0 || v < 0 || u >= width || v >= height ? 0 : at(c, v, u)
      }
    },
  ],
  [
    resizedCrop([0.3, 0.8]),
    (from, at, random) => {
      const { height, width } = from
      const found = window(random, from, [0.3, 0.8], [3 / 4, 4 / 3], false)
      const own = width / height
      const w = found?.w ?? (own > 4 / 3 ? Math.round((height * 4) / 3) : width)
      const h = found?.h ?? (own < 3 / 4 ? Math.round((width * 4) / 3) : height)
      const top = found?.top ?? Math.floor((height - h) / 2)
      const left = found?.left ?? Math.floor((width - w) / 2)
      const place = (i: number, part: number, whole: number) =>
        Math.min(Math.max(((i + 0.5) * part) / whole - 0.5, 0), part - 1)
      const inside = between({ ...from, height: h, width: w }, (c, y, x) => at(c, y + top, x + left))
      return (c, y, x) => inside(c, place(y, h, height), place(x, w, width))
    },
  ],
  [
    rotation(50),
    (from, at, random) => {
      const angle = (random.uniform(-50, 50) * Math.PI) / 180
      const [cy, cx] = [(from.height - 1) / 2, (from.width - 1) / 2]
      const seen = between(from, at)
      // Counter-clockwise on a screen, whose y goes down: seen backwards, clockwise.
      return (c, y, x) =>
        seen(
          c,
          cy + Math.sin(angle) * (x - cx) + Math.cos(angle) * (y - cy),
          cx + Math.cos(angle) * (x - cx) - Math.sin(angle) * (y - cy),
        )
    },
  ],
  [
    scaling([0.7, 1.6]),
    (from, at, random) => {
      const factor = random.uniform(0.7, 1.6)
      const [cy, cx] = [(from.height - 1) / 2, (from.width - 1) / 2]
      const seen = between(from, at)
      return (c, y, x) => seen(c, cy + (y - cy) / factor, cx + (x - cx) / factor)
    },
  ],
  [
    translation(0.5),
    ({ height, width }, at, random) => {
      const [mx, my] = [0.5 * width, 0.5 * height]
      const [dx, dy] = [Math.round(random.uniform(-mx, mx)), Math.round(random.uniform(-my, my))]
      return (c, y, x) => {
        const [u, v] = [x - dx, y - dy]
        return u < 0 || v < 0 || u >= width || v >= height ? 0 : at(c, v, u)
      }
    },
  ],
  [
    noise(0.2),
    ({ channels, height, width }, at, random) => {
      const draws = Array.from({ length: channels * height * width }, () => random.normal())
      return (c, y, x) => held(at(c, y, x) + 0.2 * draws[(c * height + y) * width + x])
    },
  ],
  [
    brightness(0.6),
    (_, at, random) => {
      const factor = random.uniform(0.4, 1.6)
      return (c, y, x) => held(factor * at(c, y, x))
    },
  ],
  [
    contrast(1.5),
    (from, at, random) => {
      const factor = random.uniform(0, 2.5)
      let sum = 0
      for (let y = 0; y < from.height; y++) for (let x = 0; x < from.width; x++) sum += luma(from, at, y, x)
      const mean = sum / (from.height * from.width)
      return (c, y, x) => held(factor * at(c, y, x) + (1 - factor) * mean)
    },
  ],
  [
    saturation(0.6),
    (from, at, random) => {
      const factor = random.uniform(0.4, 1.6)
      return (c, y, x) => held(factor * at(c, y, x) + (1 - factor) * luma(from, at, y, x))
    },
  ],
  [
    hue(0.5),
    ({ channels }, at, random) => {
      const turn = random.uniform(-0.5, 0.5)
      if (channels === 1) return at
      return (c, y, x) => turnedHue([at(0, y, x), at(1, y, x), at(2, y, x)], turn)[c]
    },
  ],
  [
    grayscale(1),
    (from, at, random) => {
      random.float()
      return (_, y, x) => luma(from, at, y, x)
    },
  ],
  [
    blur([0.5, 1.5], 1),
    ({ height, width }, at, random) => {
      random.float()
      const sigma = random.uniform(0.5, 1.5)
      const reach = Math.ceil(3 * sigma)
      const reflected = (p: number, n: number): number =>
        n === 1 ? 0 : p < 0 ? reflected(-p, n) : p >= n ? reflected(2 * (n - 1) - p, n) : p
      return (c, y, x) => {
        let [sum, weights] = [0, 0]
        for (let dy = -reach; dy <= reach; dy++) {
          for (let dx = -reach; dx <= reach; dx++) {
            const weight = Math.exp(-(dx * dx + dy * dy) / (2 * sigma * sigma))
            sum += weight * at(c, reflected(y + dy, height), reflected(x + dx, width))
            weights += weight
          }
        }
        return sum / weights
      }
    },
  ],
  [
    erasing(1, [0.1, 0.4]),
    (from, at, random) => {
      random.float()
      const hole = window(random, from, [0.1, 0.4], [0.3, 3.3], true)
      return (c, y, x) =>
        hole && y >= hole.top && y < hole.top + hole.h && x >= hole.left && x < hole.left + hole.w ? 0 : at(c, y, x)
    },
  ],
]

const image = (channels: number, height: number, width: number): Planes => ({
  channels,
  height,
  width,
  data: Float32Array.from({ length: channels * height * width }, (_, i) => (Math.sin(1.7 * i + 0.3) + 1) / 2),
})
const IMAGES = {
  colour: image(3, 5, 8),
  tall: image(3, 9, 2),
  flat: image(1, 1, 12),
  gray: image(1, 6, 6),
  one: image(3, 1, 1),
}

test('there are fourteen', () => expect(new Set(CASES.map(([{ kind }]) => kind)).size).toBe(14))

describe.each(CASES.map(([step, reference]) => ({ step, reference })))('$step.kind', ({ step, reference }) => {
  test.each(Object.entries(IMAGES))('%s', (_, from) => {
    const { channels, height, width, data } = from
    const at: Pixel = (c, y, x) => data[(c * height + y) * width + x]
    for (let seed = 0; seed < 6; seed++) {
      const pixel = reference(from, at, randomStream(seed).fork(0))
      const got = augment(from, [step], randomStream(seed))
      expect([got.channels, got.height, got.width]).toEqual([channels, height, width])
      for (let i = 0; i < data.length; i++) {
        const [c, y, x] = [Math.floor(i / (height * width)), Math.floor(i / width) % height, i % width]
        expect(Math.abs(got.data[i] - pixel(c, y, x)), `seed ${seed}, channel ${c}, (${x}, ${y})`).toBeLessThan(2e-6)
      }
    }
  })
})

test('settings out of their limits are refused by name', () => {
  for (const [make, message] of [
    [() => crop(1.5), 'The padding of crop is 1.5: a whole number from 0 is wanted.'],
    [() => flip(1.2), 'The p of flip is 1.2: a chance from 0 to 1'],
    [() => hue(0.6), 'The amount of hue is 0.6: a part of the circle from 0 to 0.5'],
    [() => brightness(Number.NaN), 'The amount of brightness is null'],
    [() => resizedCrop([0.5, 0.1]), 'The area of resizedCrop is [0.5,0.1]: two parts of the image'],
    [() => resizedCrop([0.1, 1], [0, 1]), 'The ratio of resizedCrop is [0,1]'],
    [() => scaling([0, 2]), 'The range of scaling is [0,2]: two numbers above 0'],
    [() => blur([0, 1]), 'The sigma of blur is [0,1]'],
    [() => erasing(0.5, [0.1, 1.1]), 'The area of erasing is [0.1,1.1]'],
  ] as const)
    expect(make).toThrow(message)
  expect(() => augment(image(2, 3, 3), [contrast(0.1)], randomStream(1))).toThrow('An image of 2 channels has no luma')
})
