import { randomStream } from '@epipole/core'
import { describe, expect, test } from 'vitest'
import {
  type Augmentation,
  adjustBrightness,
  adjustContrast,
  adjustHue,
  adjustSaturation,
  affinePlanes,
  augment,
  blur,
  blurPlanes,
  brightness,
  contrast,
  crop,
  cropPlanes,
  erasing,
  flip,
  flipPlanes,
  grayscale,
  hue,
  noise,
  type Planes,
  resizedCrop,
  resizePart,
  rotation,
  saturation,
  scaling,
  toGrayscale,
  translation,
} from './index.js'

// torch 1.13, f64: x = (sin(0.37 · (1 … 90)) + 1) / 2 as [3, 5, 6]; values at (0,0,0), (0,2,3), (1,4,2), (2,1,5)
const data = Float32Array.from({ length: 90 }, (_, i) => (Math.sin((i + 1) * 0.37) + 1) / 2)
const image: Planes = { channels: 3, height: 5, width: 6, data }
const at = ({ data: d }: Planes) => [d[0], d[15], d[56], d[71]]
const near = (found: number[], wanted: number[], digits = 5) =>
  found.forEach((v, i) => {
    expect(v).toBeCloseTo(wanted[i], digits)
  })

describe('against PyTorch', () => {
  test('rotation by 30°, scale 1.2, one pixel to the right: grid_sample(…, align_corners=False) on the inverse map', () => {
    near(at(affinePlanes(image, 30, 1.2, 1, 0)), [0.079325, 0.227913, 0.269697, 0.447343])
  })
  test('interpolate(x[:, 1:4, 1:5], (5, 6), bilinear, align_corners=False)', () => {
    near(
      at(resizePart(image, { left: 1, top: 1, height: 3, width: 4 }, 5, 6)),
      [0.590298, 0.296208, 0.540234, 0.729446],
    )
  })
  test('Gaussian of σ 1 and 7 taps over reflected edges', () => {
    near(at(blurPlanes(image, 1)), [0.63551, 0.487949, 0.614375, 0.560099])
  })
  test('hue turned by 0.2: colorsys', () => {
    const turned = adjustHue(image, 0.2)
    near([turned.data[15], turned.data[45], turned.data[75]], [0.576861, 0.016646, 0.159091])
  })
})

test('what has an inverse comes back; what is neutral changes nothing', () => {
  expect(flipPlanes(flipPlanes(image))).toEqual(image)
  near([...adjustHue(adjustHue(image, 0.3), -0.3).data], [...data])
  near([...affinePlanes(image, 0).data], [...data])
  for (const same of [
    adjustBrightness(image, 1),
    adjustContrast(image, 1),
    adjustSaturation(image, 1),
    adjustHue(image, 0),
  ])
    near([...same.data], [...data])
  expect(cropPlanes(image, 0, 0, 5, 6)).toEqual(image)
  // A quarter turn, counter-clockwise: the right column becomes the top row.
  const square: Planes = { channels: 1, height: 2, width: 2, data: Float32Array.of(1, 2, 3, 4) }
  near([...affinePlanes(square, 90).data], [2, 4, 1, 3])
})

test('colours: black at brightness 0, one gray at contrast 0, equal channels without saturation', () => {
  expect(adjustBrightness(image, 0).data.every((v) => v === 0)).toBe(true)
  const flat = adjustContrast(image, 0).data
  expect(Math.max(...flat) - Math.min(...flat)).toBe(0)
  const gray = toGrayscale(image).data
  near([...gray.subarray(0, 30)], [...gray.subarray(60)])
})

const KINDS: Augmentation[] = [
  ...[
    flip(1),
    crop(2),
    resizedCrop(),
    rotation(20),
    scaling([0.8, 1.2]),
    translation(0.3),
    noise(0.1),
    brightness(0.4),
  ],
  ...[contrast(0.4), saturation(0.4), hue(0.1), grayscale(1), blur([0.5, 1], 1), erasing(1)],
]
test.each(KINDS.map((kind) => [kind.kind, kind] as const))(
  '%s: same size, colours within 0 … 1, the same for a stream, another for another, the image untouched',
  (_, step) => {
    const before = data.slice()
    const once = augment(image, [step], randomStream(1))
    expect(once.data).toHaveLength(90)
    expect([once.channels, once.height, once.width]).toEqual([3, 5, 6])
    expect(once.data.every((v) => v >= 0 && v <= 1)).toBe(true)
    expect(augment(image, [step], randomStream(1))).toEqual(once)
    if (!['flip', 'grayscale'].includes(step.kind)) {
      const others = [2, 3, 4, 5].map((seed) => augment(image, [step], randomStream(seed)).data.join())
      expect(new Set([once.data.join(), ...others]).size).toBeGreaterThan(1)
    }
    expect(data).toEqual(before)
  },
)

test('a chance of one in four is taken one time in four; gray images pass through every step', () => {
  const changed = Array.from({ length: 400 }, (_, i) => augment(image, [flip(0.25)], randomStream(i)) !== image)
  const rate = changed.filter(Boolean).length / 400
  expect(Math.abs(rate - 0.25)).toBeLessThan(0.08)
  const gray: Planes = { channels: 1, height: 5, width: 6, data: data.slice(0, 30) }
  expect(augment(gray, KINDS, randomStream(1)).data.every(Number.isFinite)).toBe(true)
  expect(() => augment(image, [{ kind: 'mirror' } as never], randomStream(1))).toThrow('no augmentation "mirror"')
})
