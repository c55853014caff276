import { formatCount, formatValue, formatVerdict } from '@epipole/sfm'
import type { PairedPhoto, ResidualSummary } from '../actions/pair.js'
import type { PairFilesResult } from '../actions/pair-files.js'
import { type ExitCode, exitCode } from './exit-codes.js'
import { printable } from './printable.js'
import type { Colors } from './terminal.js'

const FOCAL = {
  given: 'focal length given',
  exif: 'focal length from EXIF',
  default: 'focal length unknown: only F and H are tried',
}

/** How two photos relate, for a person. */
export function pairLines(result: PairFilesResult, colors: Colors): string[] {
  const { a, b, geometry, matches, maxErrorPx, reason, residuals, svg } = result
  const { kind, support } = geometry
  const [tried, fit] = [matches.length / 2, geometry.inliers.length / 2]
  const paint = kind === 'refused' ? colors.red : colors.green
  const share = tried === 0 ? '' : ` (${Math.round((100 * fit) / tried)} %)`
  const lines = [
    `${colors.bold(paint(kind))}: ${printable(reason.text)}`,
    `          ${formatVerdict(reason)}`,
    photoLine('photo a', a),
    photoLine('photo b', b),
    `matches   ${formatCount(tried)}${confirmed(tried - geometry.matches)}`,
    `inliers   ${formatCount(fit)}${share} within ${formatValue(maxErrorPx)} px`,
    `          of the ${formatCount(geometry.matches)} distinct matches fit: essential matrix ${formatCount(support.E)}, ` +
      `fundamental matrix ${formatCount(support.F)}, homography ${formatCount(support.H)}`,
  ]
  if (geometry.angleDeg !== undefined)
    lines.push(`angle     ${geometry.angleDeg.toFixed(2)}° between the rays (median)`)
  for (const summary of residuals) lines.push(residualLine(summary))
  lines.push(`drawing   ${printable(svg)}`)
  return lines
}

function confirmed(count: number): string {
  return count > 0 ? `, of which ${formatCount(count)} only count because the geometry confirms them` : ''
}

function photoLine(title: string, { name, width, height, keypoints, focalSource, focalPx }: PairedPhoto): string {
  const focal = `${FOCAL[focalSource]}${focalSource === 'default' ? '' : `, ${focalPx.toFixed(0)} px`}`
  return `${title.padEnd(9)} ${printable(name)}: ${width} × ${height}, ${formatCount(keypoints.length / 4)} keypoints, ${focal}`
}

function residualLine({ model, inliers, all }: ResidualSummary): string {
  const title = model === 'epipolar' ? 'epipolar residuals' : 'homography residuals'
  const { mean, median, p90 } = inliers
  const px = (x: number) => `${x.toFixed(2)} px`
  return `          ${title} of the inliers: mean ${px(mean)}, median ${px(median)}, 90 % within ${px(p90)}; median of all ${formatCount(all.count)} matches ${px(all.median)}`
}

/** The one line of `--json`. */
export function pairJson(result: PairFilesResult, exit: ExitCode): object {
  const { a, b, geometry, matches, maxErrorPx, reason, residuals, svg } = result
  const { kind, inliers, support, E, F, H, bFromA, angleDeg } = geometry
  const list = (m: Float64Array | undefined) => (m === undefined ? null : Array.from(m))
  const photo = ({ name, width, height, keypoints, focalSource, focalPx }: PairedPhoto) => {
    return { name, width, height, keypoints: keypoints.length / 4, focalSource, focalPx }
  }
  return {
    ok: exit === exitCode('ok'),
    exitCode: exit,
    kind,
    reason,
    a: photo(a),
    b: photo(b),
    matches: matches.length / 2,
    inliers: inliers.length / 2,
    support,
    maxErrorPx,
    angleDeg: angleDeg ?? null,
    bFromA: bFromA === undefined ? null : { R: list(bFromA.R), t: list(bFromA.t) },
    E: list(E),
    F: list(F),
    H: list(H),
    residuals,
    svg,
  }
}
