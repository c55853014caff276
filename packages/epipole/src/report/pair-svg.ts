import { EpipoleError } from '@epipole/core'
import type { Camera } from '@epipole/geometry'
import { formatCount, formatVerdict, histogram, type PairKind, type TwoViewGeometry, toBase64 } from '@epipole/sfm'
import { escapeHtml } from './escape.js'
import {
  clipLine,
  lineOf,
  type PairResiduals,
  pairFundamental,
  pairResiduals,
  type Segment,
  spreadOut,
} from './pair-geometry.js'

/** One photo of a drawn pair. */
export interface DrawnPhoto {
  readonly name: string
  /** Stored pixels at full size; what the keypoints refer to. */
  readonly width: number
  readonly height: number
  /** JPEG in the stored orientation, of any size. */
  readonly jpeg: Uint8Array
  /** `n × 4` as `Features.keypoints`: x, y, scale, orientation. */
  readonly keypoints: ArrayLike<number>
  /** Where known, epipolar lines follow the relative pose; else the estimated fundamental matrix. */
  readonly camera?: Camera
}

export interface PairDrawing {
  readonly a: DrawnPhoto
  readonly b: DrawnPhoto
  /** Flat pairs (keypoint of a, keypoint of b): all matches, of which `geometry.inliers` are some. */
  readonly matches: Uint32Array
  readonly geometry: TwoViewGeometry
  /** The inlier threshold, marked in the histograms, px; 4 unless told. */
  readonly maxErrorPx?: number
}

/** User units. */
const WIDTH = 1600
const MARGIN = 28
const GAP = 16
const COLUMN = (WIDTH - 2 * MARGIN - GAP) / 2
/** Match lines drawn of each sort; thousands would hide the photos. */
const MAX_LINES = { inliers: 140, outliers: 70 }
const EPIPOLAR_LINES = 9

/** Okabe and Ito's palette, told apart by colour-blind people too; outliers are dashed besides. */
const INLIER = '#56b4e9'
const OUTLIER = '#e69f00'
const EPIPOLAR = ['#e69f00', '#56b4e9', '#009e73', '#f0e442', '#d55e00', '#cc79a7', '#0072b2', '#ffffff', '#999999']

const MEANING: Readonly<Record<PairKind, string>> = {
  calibrated: 'An essential matrix fits: the pair has depth and a relative pose.',
  uncalibrated: 'A fundamental matrix fits: the pair has depth; the intrinsics are unknown or do not agree with it.',
  planar: 'A homography fits and the camera moved: the photos see one plane, or a scene too far away to tell.',
  panoramic: 'A homography fits and the camera only turned: there is no baseline, so no depth and no epipole.',
  refused: 'No geometry explains enough of the matches.',
}

/** A photo's place on the page. */
interface Place {
  readonly id: string
  readonly photo: DrawnPhoto
  readonly left: number
  readonly top: number
  /** Page units per photo pixel. */
  readonly scale: number
}

/** The matches of a pair as places in pixels. */
export interface MatchedPoints {
  /** `2 × matches`. */
  readonly xyA: Float64Array
  readonly xyB: Float64Array
  /** One a match. */
  readonly inlier: Uint8Array
}

/**
 * Draws a verified pair as one self-contained SVG: both photos side by side with keypoints and matches, again with
 * epipolar lines, and the residuals of the epipolar geometry and of the homography. Names are escaped.
 *
 * @throws EpipoleError `usage` where a match names a keypoint that is not there
 */
export function pairSvg(drawing: PairDrawing): string {
  const { a, b, geometry } = drawing
  const matched = matchedPoints(drawing)
  const F = pairFundamental(geometry, a.camera, b.camera)
  const height = Math.max(fitted(a).height, fitted(b).height)
  const top = 118
  const parts = [header(drawing, matched), matchRow(drawing, matched, places(a, b, top))]
  let y = top + height + 46
  if (F) {
    parts.push(epipolarRow(matched, F, places(a, b, y + 30), y))
    y += 30 + height + 34
  }
  const residuals = pairResiduals(F, geometry.H, matched.xyA, matched.xyB)
  parts.push(residualRow(residuals, matched.inlier, drawing.maxErrorPx ?? 4, y))
  if (residuals.length > 0) y += 270
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${round(y)}" width="${WIDTH}" height="${round(y)}" font-family="system-ui, sans-serif" font-size="15" fill="#1b1f23">
<title>${escapeHtml(a.name)} and ${escapeHtml(b.name)}: ${geometry.kind}</title>
<defs>${define('a', a)}${define('b', b)}</defs>
<rect width="100%" height="100%" fill="#ffffff"/>
${parts.join('\n')}
</svg>
`
}

/**
 * Where the matched keypoints lie, and which matches are inliers.
 *
 * @throws EpipoleError `usage` where a match names a keypoint that is not there
 */
export function matchedPoints({ a, b, matches, geometry }: PairDrawing): MatchedPoints {
  const n = matches.length / 2
  const xyA = new Float64Array(2 * n)
  const xyB = new Float64Array(2 * n)
  const inlier = new Uint8Array(n)
  // Matches use each keypoint at most once, so that the first of a pair names it.
  const fits = new Set<number>()
  for (let i = 0; i < geometry.inliers.length; i += 2) fits.add(geometry.inliers[i]!)
  for (let i = 0; i < n; i++) {
    const [ka, kb] = [matches[2 * i]!, matches[2 * i + 1]!]
    if (4 * ka >= a.keypoints.length || 4 * kb >= b.keypoints.length) {
      throw new EpipoleError('usage', `Match ${i} names keypoints ${ka} and ${kb}, which are not there.`, { match: i })
    }
    for (let k = 0; k < 2; k++) {
      xyA[2 * i + k] = a.keypoints[4 * ka + k]!
      xyB[2 * i + k] = b.keypoints[4 * kb + k]!
    }
    inlier[i] = fits.has(ka) ? 1 : 0
  }
  return { xyA, xyB, inlier }
}

function fitted(photo: DrawnPhoto): { scale: number; height: number } {
  const scale = Math.min(COLUMN / photo.width, 900 / photo.height)
  return { scale, height: scale * photo.height }
}

function places(a: DrawnPhoto, b: DrawnPhoto, top: number): [Place, Place] {
  return [
    { id: 'a', photo: a, left: MARGIN, top, scale: fitted(a).scale },
    { id: 'b', photo: b, left: MARGIN + COLUMN + GAP, top, scale: fitted(b).scale },
  ]
}

/** The photo once, in its own pixels, to be used twice; image and lines are cut at its border. */
function define(id: string, photo: DrawnPhoto): string {
  const { width, height } = photo
  return `<image id="${id}" width="${width}" height="${height}" preserveAspectRatio="none" style="image-orientation:none" href="data:image/jpeg;base64,${toBase64(photo.jpeg)}"/>`
}

function header({ a, b, matches, geometry }: PairDrawing, { inlier }: MatchedPoints): string {
  const inliers = inlier.reduce((sum, v) => sum + v, 0)
  const count = matches.length / 2
  const share = count === 0 ? 0 : Math.round((100 * inliers) / count)
  const angle = geometry.angleDeg === undefined ? '' : `, median angle ${geometry.angleDeg.toFixed(1)}°`
  const keypoints = `${formatCount(a.keypoints.length / 4)} and ${formatCount(b.keypoints.length / 4)} keypoints`
  const verdict = geometry.verdict ? ` ${geometry.verdict.text} (${formatVerdict(geometry.verdict)})` : ''
  const numbers = `${keypoints}, ${formatCount(count)} matches, ${formatCount(inliers)} inliers (${share} %)${angle}.`
  return `<text x="${MARGIN}" y="42" font-size="24" font-weight="600">${escapeHtml(a.name)} · ${escapeHtml(b.name)}</text>
<text x="${MARGIN}" y="70"><tspan font-weight="600">${geometry.kind}</tspan> <tspan fill="#5c6670">${escapeHtml(MEANING[geometry.kind] + verdict)}</tspan></text>
<text x="${MARGIN}" y="96" fill="#5c6670">${numbers}</text>`
}

function matchRow({ a, b }: PairDrawing, matched: MatchedPoints, [left, right]: [Place, Place]): string {
  const { xyA, xyB, inlier } = matched
  const unmatched = (place: Place, keypoints: ArrayLike<number>) => {
    const at: number[] = []
    for (let i = 0; i < keypoints.length; i += 4) at.push(keypoints[i]!, keypoints[i + 1]!)
    return dots(place, at, '#ffffff', 1.6, 0.55)
  }
  const drawn = (wanted: number, most: number) => {
    const all = [...inlier.keys()].filter((i) => inlier[i] === wanted)
    const some = spreadOut(
      all.flatMap((i) => [xyA[2 * i]!, xyA[2 * i + 1]!]),
      most,
    ).map((k) => all[k]!)
    return { all, some }
  }
  const fits = drawn(1, MAX_LINES.inliers)
  const misfits = drawn(0, MAX_LINES.outliers)
  const lines = (some: readonly number[]) =>
    some
      .map((i) => {
        const [x1, y1] = onPage(left, xyA[2 * i]!, xyA[2 * i + 1]!)
        const [x2, y2] = onPage(right, xyB[2 * i]!, xyB[2 * i + 1]!)
        return `M${x1} ${y1}L${x2} ${y2}`
      })
      .join('')
  const matchDots = (set: readonly number[], color: string) =>
    dots(
      left,
      set.flatMap((i) => [xyA[2 * i]!, xyA[2 * i + 1]!]),
      color,
      3.4,
      1,
    ) +
    dots(
      right,
      set.flatMap((i) => [xyB[2 * i]!, xyB[2 * i + 1]!]),
      color,
      3.4,
      1,
    )
  const bottom = left.top + Math.max(fitted(a).height, fitted(b).height) + 24
  const some = (s: { all: readonly number[]; some: readonly number[] }) =>
    s.some.length < s.all.length ? `, ${s.some.length} of ${formatCount(s.all.length)} as lines` : ''
  return `<g>${use(left)}${use(right)}</g>
<g>${unmatched(left, a.keypoints)}${unmatched(right, b.keypoints)}</g>
<path d="${lines(misfits.some)}" stroke="${OUTLIER}" stroke-width="1.1" stroke-dasharray="5 4" opacity="0.75" fill="none"/>
<path d="${lines(fits.some)}" stroke="${INLIER}" stroke-width="1.1" opacity="0.8" fill="none"/>
<g>${matchDots(misfits.all, OUTLIER)}${matchDots(fits.all, INLIER)}</g>
<g fill="#5c6670">${key(MARGIN, bottom, '#b9bfc4', 'keypoint')}${key(MARGIN + 130, bottom, INLIER, `inlier${some(fits)}`)}${key(MARGIN + 430, bottom, OUTLIER, `outlier, dashed${some(misfits)}`)}</g>`
}

/** In each photo the lines on which the other photo's points must lie, with the matched points themselves. */
function epipolarRow(
  { xyA, xyB, inlier }: MatchedPoints,
  F: Float64Array,
  [left, right]: [Place, Place],
  y: number,
): string {
  const all = [...inlier.keys()].filter((i) => inlier[i] === 1)
  const some = spreadOut(
    all.flatMap((i) => [xyA[2 * i]!, xyA[2 * i + 1]!]),
    EPIPOLAR_LINES,
  ).map((k) => all[k]!)
  const shapes = some.map((i, k) => {
    const color = EPIPOLAR[k % EPIPOLAR.length]!
    const [ax, ay, bx, by] = [xyA[2 * i]!, xyA[2 * i + 1]!, xyB[2 * i]!, xyB[2 * i + 1]!]
    const inA = clipLine(lineOf(F, bx, by, true), left.photo.width, left.photo.height)
    const inB = clipLine(lineOf(F, ax, ay), right.photo.width, right.photo.height)
    return `${stroke(left, inA, color)}${stroke(right, inB, color)}${ring(left, ax, ay, color)}${ring(right, bx, by, color)}`
  })
  return `<text x="${MARGIN}" y="${round(y + 10)}" font-weight="600">Epipolar lines <tspan font-weight="400" fill="#5c6670">of ${some.length} inliers: a point lies on the line that its match in the other photo draws.</tspan></text>
<g>${use(left)}${use(right)}</g>
<g class="epipolar">${shapes.join('\n')}</g>`
}

function residualRow(residuals: readonly PairResiduals[], inlier: Uint8Array, threshold: number, y: number): string {
  return residuals.map((r, i) => residualChart(r, inlier, threshold, MARGIN + i * (COLUMN + GAP), y)).join('\n')
}

/** Histogram of all matches, the inliers in their colour, up to four thresholds. */
function residualChart(
  { name, values }: PairResiduals,
  inlier: Uint8Array,
  threshold: number,
  x: number,
  y: number,
): string {
  const bins = 32
  const edges = Array.from({ length: bins + 1 }, (_, i) => (i * 4 * threshold) / bins)
  const all = histogram(values, edges)
  const fits = histogram(
    values.filter((_, i) => inlier[i] === 1),
    edges,
  )
  const [plotTop, plotHeight, plotWidth] = [y + 44, 150, COLUMN - 60]
  const most = Math.max(1, ...all.counts)
  const step = plotWidth / bins
  const base = plotTop + plotHeight
  const bar = (count: number, i: number, color: string) => {
    const h = (plotHeight * count) / most
    return count === 0
      ? ''
      : `<rect x="${round(x + i * step + 0.5)}" y="${round(base - h)}" width="${round(step - 1)}" height="${round(h)}" fill="${color}"/>`
  }
  const within = values.filter((v) => v <= threshold).length
  const at = x + plotWidth / 4
  const ticks = [0, 1, 2, 3, 4].map(
    (k) =>
      `<text x="${round(x + (k * plotWidth) / 4)}" y="${round(base + 20)}" text-anchor="middle" font-size="13">${Number((k * threshold).toPrecision(4))}</text>`,
  )
  const summary = `${formatCount(within)} of ${formatCount(values.length)} matches within ${threshold} px; median of the inliers ${fits.median.toFixed(2)} px, of all ${finite(all.median)}; ${formatCount(all.above)} beyond ${4 * threshold} px`
  return `<g class="residuals"><text x="${round(x)}" y="${round(y + 12)}" font-weight="600">${name}</text>
<text x="${round(x)}" y="${round(y + 32)}" font-size="13" fill="#5c6670">${summary}</text>
${all.counts.map((c, i) => bar(c, i, OUTLIER)).join('')}${fits.counts.map((c, i) => bar(c, i, INLIER)).join('')}
<path d="M${round(x)} ${round(base)}h${round(plotWidth)}" stroke="#5c6670" fill="none"/>
<path d="M${round(at)} ${round(plotTop)}V${round(base)}" stroke="#1b1f23" stroke-dasharray="4 4" fill="none"/>
<g fill="#5c6670">${ticks.join('')}<text x="${round(x + plotWidth)}" y="${round(base + 40)}" text-anchor="end" font-size="13">px (threshold dashed)</text></g></g>`
}

function finite(x: number): string {
  return Number.isFinite(x) ? `${x.toFixed(2)} px` : 'unbounded'
}

function use({ id, left, top, scale }: Place): string {
  return `<use href="#${id}" transform="translate(${round(left)} ${round(top)}) scale(${scale})"/>`
}

function onPage(place: Place, x: number, y: number): [number, number] {
  return [round(place.left + place.scale * x), round(place.top + place.scale * y)]
}

/** Many dots as one path: strokes of no length with round ends. */
function dots(place: Place, xy: readonly number[], color: string, size: number, opacity: number): string {
  let d = ''
  for (let i = 0; i < xy.length; i += 2) {
    const [x, y] = onPage(place, xy[i]!, xy[i + 1]!)
    d += `M${x} ${y}h0`
  }
  return d === ''
    ? ''
    : `<path d="${d}" stroke="${color}" stroke-width="${size}" stroke-linecap="round" opacity="${opacity}" fill="none"/>`
}

function stroke(place: Place, segment: Segment | undefined, color: string): string {
  if (!segment) return ''
  const [x1, y1] = onPage(place, segment[0], segment[1])
  const [x2, y2] = onPage(place, segment[2], segment[3])
  const line = `M${x1} ${y1}L${x2} ${y2}`
  return `<path d="${line}" stroke="#000000" stroke-width="3.4" opacity="0.35" fill="none"/><path d="${line}" stroke="${color}" stroke-width="1.6" fill="none"/>`
}

function ring(place: Place, x: number, y: number, color: string): string {
  const [cx, cy] = onPage(place, x, y)
  return `<circle cx="${cx}" cy="${cy}" r="5.5" fill="${color}" stroke="#000000" stroke-width="1.2"/>`
}

function key(x: number, y: number, color: string, text: string): string {
  return `<circle cx="${round(x + 6)}" cy="${round(y - 5)}" r="5" fill="${color}"/><text x="${round(x + 18)}" y="${round(y)}" font-size="14">${text}</text>`
}

function round(x: number): number {
  return Math.round(x * 100) / 100
}
