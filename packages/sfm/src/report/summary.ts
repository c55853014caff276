import { largestModel } from './judge.js'
import type { ReconstructReport, Verdict } from './report.js'

/** 9045 → "9 045" (no-break thin spaces), the same in every locale. */
export function formatCount(n: number): string {
  return String(Math.round(n)).replace(/\B(?=(\d{3})+$)/g, '\u202f')
}

/** Seconds for a person: "0.4 s", "12 s", "3 min 05 s", "2 h 04 min". */
export function formatSeconds(seconds: number): string {
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`
  const s = Math.round(seconds)
  if (s < 60) return `${s} s`
  const pad = (n: number) => String(n).padStart(2, '0')
  if (s < 3600) return `${Math.floor(s / 60)} min ${pad(s % 60)} s`
  const minutes = Math.round(s / 60)
  return `${Math.floor(minutes / 60)} h ${pad(minutes % 60)} min`
}

/** The numbers behind a verdict: "few-inliers: 12, threshold 15". */
export function formatVerdict(v: Verdict): string {
  const unit = v.unit === '' || v.unit === 'count' || v.unit === 'ratio' ? '' : ` ${v.unit}`
  return `${v.test}: ${formatValue(v.value)}${unit}, threshold ${formatValue(v.threshold)}${unit}`
}

/** Four significant digits at most, integers whole. */
export function formatValue(x: number): string {
  if (Number.isInteger(x)) return Math.abs(x) < 1e6 ? String(x) : x.toExponential(2)
  return String(Number(x.toPrecision(4)))
}

export interface PhotoCounts {
  readonly total: number
  readonly registered: number
  readonly unregistered: number
  readonly refused: number
}

export function photoCounts(photos: ReconstructReport['photos']): PhotoCounts {
  const of = (status: string) => photos.filter((p) => p.status === status).length
  return {
    total: photos.length,
    registered: of('registered'),
    unregistered: of('unregistered'),
    refused: of('refused'),
  }
}

/** Verdicts with the same test, counted; most frequent first. */
export interface RefusalGroup {
  readonly test: string
  readonly count: number
  /** The first of them. */
  readonly example: Verdict
}

export function refusalGroups(items: Iterable<{ readonly verdict?: Verdict }>): RefusalGroup[] {
  const groups = new Map<string, { count: number; example: Verdict }>()
  for (const { verdict } of items) {
    if (!verdict) continue
    const group = groups.get(verdict.test)
    if (group) group.count++
    else groups.set(verdict.test, { count: 1, example: verdict })
  }
  return [...groups]
    .map(([test, g]) => ({ test, ...g }))
    .sort((a, b) => b.count - a.count || (a.test < b.test ? -1 : 1))
}

/** The end of a run for a terminal, one line an item, without colours. */
export function summaryLines(report: ReconstructReport): string[] {
  const lines = [`${report.verdict.word}: ${report.verdict.reason}`]
  const photos = photoCounts(report.photos)
  lines.push(`photos: ${formatCount(photos.registered)} of ${formatCount(photos.total)} registered${others(photos)}`)
  const main = largestModel(report.models)
  for (const [i, m] of report.models.entries()) {
    const name = report.models.length === 1 ? 'model' : `model ${i}${i === main ? ' (largest)' : ''}`
    lines.push(
      `${name}: ${formatCount(m.photos)} photos, ${formatCount(m.points)} points (${formatCount(m.pointsThreeViews)} seen by 3 or more), ` +
        `mean track ${m.meanTrackLength.toFixed(2)}, mean error ${m.meanError.toFixed(2)} px`,
    )
    for (const flag of m.flags) lines.push(`  flag: ${flag.text} (${formatVerdict(flag)})`)
  }
  for (const p of report.photos) {
    if (p.status !== 'registered' && p.verdict)
      lines.push(`${p.status}: ${p.name}: ${p.verdict.text} (${formatVerdict(p.verdict)})`)
  }
  if (report.models.length > 0) lines.push('scale is arbitrary: photos alone cannot tell metres')
  lines.push(`time: ${formatSeconds(report.stages.reduce((sum, s) => sum + s.seconds, 0))}`)
  return lines
}

function others(c: PhotoCounts): string {
  const parts: string[] = []
  if (c.unregistered > 0) parts.push(`${formatCount(c.unregistered)} not`)
  if (c.refused > 0) parts.push(`${formatCount(c.refused)} refused`)
  return parts.length === 0 ? '' : `, ${parts.join(', ')}`
}
