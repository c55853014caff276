import type { ModelReport, ReconstructReport } from './report.js'

export type QualityWord = 'good' | 'usable' | 'weak' | 'none'

/** One look at the largest model: what was measured, and what it takes to be good or usable. */
export interface QualityCheck {
  /** Stable, kebab-case. */
  readonly test: string
  readonly value: number
  /** At least (or, where `atMost`, at most) this to be good. */
  readonly good: number
  /** At least (or at most) this to be usable. */
  readonly usable: number
  readonly atMost: boolean
  readonly unit: string
  readonly word: Exclude<QualityWord, 'none'>
  /** What the number means, as a sentence. */
  readonly text: string
}

type Judged = Pick<ReconstructReport, 'photos' | 'models'>

/** Index of the model with the most photos, then points; −1 where there is none. */
export function largestModel(models: readonly ModelReport[]): number {
  let best = -1
  for (const [i, m] of models.entries()) {
    const b = models[best]
    if (!b || m.photos > b.photos || (m.photos === b.photos && m.points > b.points)) best = i
  }
  return best
}

/**
 * Looks at the largest model. The thresholds are rules of thumb for what the next tools need, not laws: splatting and
 * measuring want nearly all photos, errors near a pixel, points that a third photo confirms, and photos tied by many.
 */
export function qualityChecks(report: Judged): QualityCheck[] {
  const model = report.models[largestModel(report.models)]
  if (!model || model.photos < 2 || model.points === 0) return []
  const readable = report.photos.filter((p) => p.status !== 'refused').length
  const perPhoto = model.observations / model.photos
  return [
    check('registered-share', model.photos / Math.max(1, readable), 0.9, 0.5, false, 'ratio', (v) =>
      model.photos === readable
        ? report.photos.length === readable
          ? `all ${readable} photos are in one model`
          : `all ${readable} usable photos are in one model`
        : `${model.photos} of ${readable} usable photos (${percent(v)}) are in one model`,
    ),
    check(
      'mean-error',
      model.meanError,
      1.5,
      3,
      true,
      'px',
      (v) => `the mean reprojection error is ${v.toFixed(2)} px`,
    ),
    check('track-length', model.meanTrackLength, 2.5, 2, false, 'photos', (v) =>
      v < 2.5 && model.photos === 2
        ? 'with two photos no third one confirms the points'
        : `a point is seen by ${v.toFixed(1)} photos on average`,
    ),
    check(
      'points-per-photo',
      perPhoto,
      200,
      50,
      false,
      'points',
      (v) => `a photo sees ${Math.round(v)} points on average`,
    ),
    check('flags', model.flags.length, 0, 0, true, 'count', () =>
      model.flags.length === 0 ? 'nothing is flagged' : model.flags.map((f) => f.text.replace(/\.$/, '')).join('; '),
    ),
  ]
}

/** The word for a run, with the reason in one sentence: the worst check, or where all are good, what was reached. */
export function judge(report: Judged): { word: QualityWord; reason: string } {
  const checks = qualityChecks(report)
  if (checks.length === 0) return { word: 'none', reason: whyNone(report) }
  const [share, error, length] = checks as [QualityCheck, QualityCheck, QualityCheck]
  for (const word of ['weak', 'usable'] as const) {
    const failed = checks.filter((c) => c.word === word)
    if (failed.length > 0) return { word, reason: sentence(failed.map((c) => c.text)) }
  }
  return { word: 'good', reason: sentence([share.text, error.text, length.text]) }
}

function check(
  test: string,
  value: number,
  good: number,
  usable: number,
  atMost: boolean,
  unit: string,
  text: (value: number) => string,
): QualityCheck {
  const reaches = (threshold: number) => (atMost ? value <= threshold : value >= threshold)
  const word = reaches(good) ? 'good' : reaches(usable) ? 'usable' : 'weak'
  return { test, value, good, usable, atMost, unit, word, text: text(value) }
}

function whyNone(report: Judged): string {
  const readable = report.photos.filter((p) => p.status !== 'refused')
  if (report.photos.length === 0) return 'There are no photos.'
  if (readable.length === 0) return `None of the ${report.photos.length} photos could be used.`
  if (readable.length === 1) return 'Only one photo could be used; a model needs two or more of the same scene.'
  const texts = new Map<string, number>()
  for (const p of readable) if (p.verdict) texts.set(p.verdict.text, (texts.get(p.verdict.text) ?? 0) + 1)
  const [common] = [...texts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
  return common ? `No model could be made. ${common[0]}` : 'No two photos relate well enough to begin a model.'
}

function sentence(parts: readonly string[]): string {
  const joined = parts.length < 3 ? parts.join(' and ') : `${parts.slice(0, -1).join(', ')}, and ${parts.at(-1)}`
  return `${joined.charAt(0).toUpperCase()}${joined.slice(1)}.`
}

function percent(share: number): string {
  return `${Math.floor(100 * share)} %`
}
