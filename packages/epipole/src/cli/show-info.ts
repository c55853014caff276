import { defaultWorkers } from '@epipole/core'
import { formatCount, formatSeconds } from '@epipole/sfm'
import { type Estimate, estimateWork, LONG_RUN_SECONDS, type Shortcut, shortcut } from '../actions/estimate.js'
import type { PhotoSetInfo } from '../actions/info.js'
import type { PhotoSet, RefusedPhoto } from '../photos/photo.js'
import type { MatchingFlags, WorkFlags } from './commands/shared-flags.js'
import { printable } from './printable.js'
import type { Colors, Terminal } from './terminal.js'

/** Minutes as a person says them: an estimate has no seconds. */
export function roughly(seconds: number): string {
  if (seconds < 5) return 'a few seconds'
  if (seconds < 60) return `about ${5 * Math.round(seconds / 5)} s`
  if (seconds < 5400) return `about ${Math.round(seconds / 60)} min`
  return `about ${(seconds / 3600).toFixed(1)} h`
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`
}

/** "135 photos, 3 cameras, 9 045 pairs, about 6 min". */
export function workLine(photos: number, cameras: number | undefined, estimate: Estimate): string {
  const parts = [plural(photos, 'photo')]
  if (cameras !== undefined) parts.push(plural(cameras, 'camera'))
  parts.push(plural(estimate.pairs, 'pair'), roughly(estimate.seconds.total))
  return parts.join(', ')
}

/** Before work starts: what is there, what is refused, how long it may take. */
export function announce(set: PhotoSet, flags: MatchingFlags & WorkFlags, terminal: Terminal): void {
  const work = { ...flags, photos: set.photos, workers: flags.workers ?? defaultWorkers() }
  const estimate = estimateWork(work)
  const { bold } = terminal.errColors
  terminal.err(`${bold(printable(set.name))}: ${workLine(set.photos.length, undefined, estimate)}`)
  for (const line of refusalLines(set.refused)) terminal.err(line)
  const advice = adviceLine(shortcut(work, estimate), estimate)
  if (advice) terminal.err(advice)
}

export function infoLines(info: PhotoSetInfo, colors: Colors): string[] {
  const { photos, refused, ignored, cameras, estimate } = info
  const lines = [`${colors.bold(printable(info.name))}: ${workLine(photos.length, cameras, estimate)}`]
  for (const group of sizes(info)) lines.push(`  ${group}`)
  lines.push(...refusalLines(refused))
  if (ignored.length > 0) lines.push(`  ${plural(ignored.length, 'other file')} ignored`)
  if (photos.length > 0) {
    const { features, matching, mapping } = estimate.seconds
    const stage = (name: string, seconds: number) => `${name} ${formatSeconds(seconds)}`
    lines.push(
      `  estimate: ${stage('features', features)}, ${stage('matching', matching)} (${estimate.selection}), ${stage('mapping', mapping)}`,
    )
  }
  const advice = adviceLine(info.shortcut, estimate)
  if (advice) lines.push(advice)
  if (photos.length < 2) lines.push('  A reconstruction needs at least two photos of one scene.')
  return lines
}

/** One line a kind of photo: how many, how large, which focal length and from where. */
function sizes({ photos }: PhotoSetInfo): string[] {
  const SOURCES = {
    'exif-35mm': 'EXIF, 35 mm equivalent',
    'exif-focal-plane': 'EXIF, focal-plane resolution',
    default: 'no EXIF: 1.2 × the longer side',
  }
  const groups = new Map<string, number>()
  for (const { width, height, exif, focal } of photos) {
    const camera = [exif.make, exif.model].filter(Boolean).join(' ')
    const key = `${width} × ${height}${camera ? `, ${camera}` : ''}, focal length ${focal.px.toFixed(0)} px (${SOURCES[focal.source]})`
    groups.set(key, (groups.get(key) ?? 0) + 1)
  }
  const sorted = [...groups].sort(([, a], [, b]) => b - a)
  const shown = sorted.slice(0, 8).map(([key, count]) => `${plural(count, 'photo')} of ${printable(key)}`)
  return sorted.length > 8 ? [...shown, `… and ${sorted.length - 8} more kinds`] : shown
}

/** Refused photos by reason, a few names each. */
export function refusalLines(refused: readonly RefusedPhoto[]): string[] {
  const groups = new Map<string, RefusedPhoto[]>()
  for (const photo of refused) groups.set(photo.verdict.test, [...(groups.get(photo.verdict.test) ?? []), photo])
  return [...groups.values()].map((group) => {
    const names = group.slice(0, 3).map((photo) => printable(photo.name))
    if (group.length > 3) names.push(`${formatCount(group.length - 3)} more`)
    return `  refused: ${names.join(', ')}: ${printable(group[0]!.verdict.text)}`
  })
}

function adviceLine(shorter: Shortcut | undefined, estimate: Estimate): string | undefined {
  if (estimate.seconds.total <= LONG_RUN_SECONDS || !shorter) return undefined
  return `  faster: ${shorter.flag} (${roughly(shorter.seconds)})`
}
