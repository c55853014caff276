// docs/figures/epipolar-lines.svg: points of one photo of the embedded sample and their epipolar lines in another.

import { readFileSync } from 'node:fs'
import { bruteForceMatcher, grayFromRgb, siftExtractor } from '@epipole/features'
import {
  camera,
  essentialFromPose,
  estimateEssential,
  normalizedFromPixels,
  pixelsFromNormalized,
  poseFromEssential,
} from '@epipole/geometry'
import sharp from 'sharp'

const photos = new URL('../../samples/arch/photos/', import.meta.url)
const truth = JSON.parse(readFileSync(new URL('../truth.json', photos), 'utf8'))
const COLORS = ['#e6194b', '#3cb44b', '#ffe119', '#4363d8', '#f58231', '#911eb4', '#42d4f4', '#f032e6', '#bfef45']
/** Width of a drawn photo, in the figure's units. */
const WIDTH = 480

export async function epipolarLines(first = 'arch-03.jpg', second = 'arch-06.jpg', between = 'arch-04.jpg') {
  const [middle, ...views] = await Promise.all([between, first, second].map(view))
  const found = await agreed(...[views[0], middle, views[1]].map((v) => v.features))
  const [xy1, xy2] = views.map(
    ({ features, lens }, side) => normalizedFromPixels(lens, matched(features, found, side)).xy,
  )
  const focal = views[0].lens.params[0]
  const { model: E, inliers } = estimateEssential(xy1, xy2, { maxResidual: 1.5, focal1: focal, focal2: focal, seed: 1 })
  const chosen = spread(inliers, xy1, COLORS.length)
  const motion = poseFromEssential(E, xy1, xy2, inliers)
  return draw(views, xy1, xy2, chosen, essentialFromPose(motion))
}

async function view(name) {
  const image = sharp(new URL(name, photos).pathname)
  const { data, info } = await image.clone().removeAlpha().raw().toBuffer({ resolveWithObject: true })
  const gray = grayFromRgb({ width: info.width, height: info.height, channels: info.channels, data })
  const { model, width, height, params } = truth.images[name].camera
  const small = await image.clone().resize(WIDTH).jpeg({ quality: 70 }).toBuffer()
  const features = await siftExtractor({ maxFeatures: 3000 }).extract(gray)
  return { features, lens: camera(model, width, height, params), small: small.toString('base64') }
}

/** Matches of a and c that b confirms: a constraint of lines alone lets a wrong match along the line pass. */
async function agreed(a, b, c) {
  const [ab, bc, ac] = await Promise.all(
    [
      [a, b],
      [b, c],
      [a, c],
    ].map((p) => bruteForceMatcher().match(...p)),
  )
  const next = (pairs) => new Map(Array.from({ length: pairs.length / 2 }, (_, i) => [pairs[2 * i], pairs[2 * i + 1]]))
  const [toB, toC] = [next(ab), next(bc)]
  return Uint32Array.from([...next(ac)].filter(([i, k]) => toC.get(toB.get(i)) === k).flat())
}

function matched(features, found, side) {
  const out = new Float64Array(found.length)
  for (let i = 0; 2 * i < found.length; i++) {
    const k = found[2 * i + side]
    out.set(features.keypoints.subarray(4 * k, 4 * k + 2), 2 * i)
  }
  return out
}

/** Indices that lie far from each other in image 1: each the farthest from those before it. */
function spread(indices, xy, count) {
  const chosen = [indices[0]]
  const distance = (i, j) => Math.hypot(xy[2 * i] - xy[2 * j], xy[2 * i + 1] - xy[2 * j + 1])
  while (chosen.length < count) {
    const away = (i) => Math.min(...chosen.map((c) => distance(i, c)))
    chosen.push([...indices].reduce((best, i) => (away(i) > away(best) ? i : best), chosen[0]))
  }
  return chosen
}

/** The line a x + b y + c = 0 of the plane z = 1, bent by the lens: pixels, x y x y …, within the photo. */
function bent(line, lens) {
  const [a, b, c] = line
  const square = a * a + b * b
  const along = Float64Array.from({ length: 2 * 201 }, (_, k) => {
    const s = 0.015 * (Math.floor(k / 2) - 100)
    return k % 2 === 0 ? (-a * c) / square - b * s : (-b * c) / square + a * s
  })
  const xy = pixelsFromNormalized(lens, along)
  const points = []
  for (let k = 0; k < xy.length; k += 2) {
    if (xy[k] >= 0 && xy[k] <= lens.width && xy[k + 1] >= 0 && xy[k + 1] <= lens.height) points.push([xy[k], xy[k + 1]])
  }
  return points
}

function draw(views, xy1, xy2, chosen, E) {
  const scale = WIDTH / views[0].lens.width
  const height = Math.round(scale * views[0].lens.height)
  const number = (v) => (scale * v).toFixed(1)
  const parts = []
  for (const [side, { lens, small }] of views.entries()) {
    parts.push(`<g transform="translate(${side * (WIDTH + 12)} 0)">`)
    parts.push(`<image href="data:image/jpeg;base64,${small}" width="${WIDTH}" height="${height}"/>`)
    const pixels = pixelsFromNormalized(lens, side === 0 ? xy1 : xy2)
    for (const [k, i] of chosen.entries()) {
      const other = side === 0 ? xy2 : xy1
      const [x, y] = [other[2 * i], other[2 * i + 1]]
      // The line E x1 in image 2, Eᵀ x2 in image 1.
      const entry = (r, c) => (side === 0 ? E[3 * c + r] : E[3 * r + c])
      const line = [0, 1, 2].map((r) => entry(r, 0) * x + entry(r, 1) * y + entry(r, 2))
      const path = bent(line, lens)
        .map(([u, v]) => `${number(u)} ${number(v)}`)
        .join(' ')
      parts.push(`<polyline points="${path}" fill="none" stroke="${COLORS[k]}" stroke-width="1.2"/>`)
      parts.push(
        `<circle cx="${number(pixels[2 * i])}" cy="${number(pixels[2 * i + 1])}" r="4" fill="none" stroke="#fff" stroke-width="3"/>`,
        `<circle cx="${number(pixels[2 * i])}" cy="${number(pixels[2 * i + 1])}" r="4" fill="none" stroke="${COLORS[k]}" stroke-width="1.6"/>`,
      )
    }
    parts.push('</g>')
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${2 * WIDTH + 12} ${height}" role="img">
<title>Points of two photos and their epipolar lines: each point lies on the line of its partner</title>
${parts.join('\n')}
</svg>
`
}
