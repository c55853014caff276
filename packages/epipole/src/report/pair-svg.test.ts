import { randomStream } from '@epipole/core'
import { essentialFromPose, pinhole, pixelFromPoint, type Rigid, transformPoint } from '@epipole/geometry'
import type { TwoViewGeometry } from '@epipole/sfm'
import { expect, test } from 'vitest'
import { type PairDrawing, pairSvg } from './pair-svg.js'

const camera = pinhole({ f: 900, width: 1200, height: 800 })
const bFromA: Rigid = { R: Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1), t: Float64Array.of(-1, 0, 0) }

/** 60 points seen by two cameras side by side, and 20 wrong matches. */
function drawing(over: Partial<TwoViewGeometry> = {}, nameA = 'a.jpg'): PairDrawing {
  const random = randomStream(1, 'pair')
  const [ka, kb]: [number[], number[]] = [[], []]
  while (ka.length < 4 * 60) {
    const p = Float64Array.of(random.uniform(-2, 2), random.uniform(-1.5, 1.5), random.uniform(4, 8))
    const [pa, pb] = [pixelFromPoint(camera, p), pixelFromPoint(camera, transformPoint(bFromA, p))]
    if (!pa.ok || !pb.ok || !pa.inside || !pb.inside) continue
    ka.push(pa.x, pa.y, 2, 0)
    kb.push(pb.x, pb.y, 2, 0)
  }
  for (let i = 0; i < 20; i++) {
    ka.push(random.uniform(0, 1200), random.uniform(0, 800), 2, 0)
    kb.push(random.uniform(0, 1200), random.uniform(0, 800), 2, 0)
  }
  const matches = Uint32Array.from({ length: 160 }, (_, i) => i >> 1)
  const photo = { width: 1200, height: 800, jpeg: Uint8Array.of(255, 216, 255), camera }
  return {
    a: { name: nameA, ...photo, keypoints: ka },
    b: { name: 'b.jpg', ...photo, keypoints: kb },
    matches,
    geometry: {
      kind: 'calibrated',
      matches: 80,
      inliers: matches.slice(0, 120),
      support: { E: 60, F: 60, H: 20 },
      bFromA,
      E: essentialFromPose(bFromA),
      H: Float64Array.of(1, 0, -150, 0, 1, 0, 0, 0, 1),
      angleDeg: 9,
      ...over,
    },
  }
}

const count = (text: string, part: string | RegExp) => text.split(part).length - 1

test('photos once, dots for all, epipolar lines in both photos, two histograms', () => {
  const svg = pairSvg(drawing())
  expect(count(svg, '<image ')).toBe(2)
  expect(count(svg, '<use ')).toBe(4)
  expect(svg).toContain('80 matches, 60 inliers (75 %), median angle 9.0°')
  // Cameras side by side: nine lines in each photo, level, each drawn twice for its halo.
  const lines = [
    .../<g class="epipolar">([\s\S]*?)<\/g>/.exec(svg)![1]!.matchAll(/d="M([\d.]+) ([\d.]+)L([\d.]+) ([\d.]+)"/g),
  ]
  expect(lines.length).toBe(36)
  for (const [, , y1, , y2] of lines) expect(Number(y1)).toBeCloseTo(Number(y2), 1)
  expect(count(svg, 'class="residuals"')).toBe(2)
  expect(svg).toMatch(/\d+ of 80 matches within 4 px; median of the inliers 0\.00 px/)
})

test('a camera that only turned has no epipolar lines but its homography’s residuals', () => {
  const svg = pairSvg(drawing({ kind: 'panoramic', bFromA: { ...bFromA, t: new Float64Array(3) } }))
  expect(svg).not.toContain('class="epipolar"')
  expect(svg).toContain('Distance from the homography')
  expect(count(svg, 'class="residuals"')).toBe(1)
})

test('a refused pair shows its matches and the reason', () => {
  const verdict = { test: 'few-inliers', value: 9, threshold: 15, unit: 'count', text: 'Too few & <weak>.' }
  const {
    H: _h,
    E: _e,
    bFromA: _b,
    ...geometry
  } = drawing({ kind: 'refused', inliers: new Uint32Array(), verdict }).geometry
  const svg = pairSvg({ ...drawing(), geometry })
  expect(svg).toContain('Too few &amp; &lt;weak&gt;. (few-inliers: 9, threshold 15)')
  expect(svg).toContain('0 inliers (0 %)')
  expect(svg).not.toMatch(/NaN|Infinity|undefined/)
})

test('names are inert', () => {
  const svg = pairSvg(drawing({}, '</text><script>alert(1)</script>&.jpg'))
  expect(svg).not.toContain('<script')
  expect(svg).toContain('&lt;/text&gt;&lt;script&gt;')
})

test('no matches at all is drawn too', () => {
  const d = drawing()
  const svg = pairSvg({ ...d, matches: new Uint32Array(), geometry: { ...d.geometry, inliers: new Uint32Array() } })
  expect(svg).not.toMatch(/NaN|undefined/)
})

test('a match of a keypoint that is not there is refused', () => {
  expect(() => pairSvg({ ...drawing(), matches: Uint32Array.of(0, 999) })).toThrow(/Match 0/)
})
