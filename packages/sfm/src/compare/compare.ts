import { atan2 } from '@epipole/core'
import { alignSim3, mat3MultiplyTranspose, transformPointSim3 } from '@epipole/geometry'
import type { Verdict } from '../report/report.js'
import { stepAuc } from './auc.js'
import { matchNames } from './match-names.js'
import type { ViewPose } from './view-pose.js'

/** How well one photo's pose fits after the alignment. */
export interface ViewComparison {
  /** Its name in the truth. */
  readonly name: string
  /** Distance of the aligned centre from the true one, in units of the truth; absent without an alignment. */
  readonly centerError?: number
  /** Angle between the aligned rotation and the true one; absent without an alignment. */
  readonly rotationErrorDeg?: number
}

/** A similarity as JSON has it: `pointInTruth = scale · R · pointInEstimate + t`, R row-major. */
export interface PlainSim3 {
  readonly scale: number
  readonly R: readonly number[]
  readonly t: readonly number[]
}

/** How far an estimate is from a truth. */
export interface Comparison {
  /** Photos of the truth that the estimate has. */
  readonly registered: number
  /** Photos of the truth. */
  readonly total: number
  /** Names (of the truth) that the estimate lacks. */
  readonly missing: readonly string[]
  /** Names (of the estimate) that the truth lacks. */
  readonly extra: readonly string[]
  /** Relative rotation errors over all pairs of registered photos; absent with fewer than two. */
  readonly rotation?: { readonly meanDeg: number; readonly medianDeg: number }
  /** Angles between true and estimated directions of relative translation, over the same pairs. */
  readonly translation?: { readonly meanDeg: number; readonly medianDeg: number }
  /**
   * Area under the recall of max(rotation, translation error) over all pairs of the truth, in per cent, up to 1, 3 and 5
   * degrees; a pair with a missing photo counts as 180°.
   */
  readonly auc: { readonly at1Deg: number; readonly at3Deg: number; readonly at5Deg: number }
  /** Camera centres after the best similarity truthFromEstimate, in units of the truth; absent where none is determined. */
  readonly centers?: { readonly rmse: number; readonly max: number; readonly truthFromEstimate: PlainSim3 }
  /** Why there is no alignment. */
  readonly alignmentVerdict?: Verdict
  /** Registered photos, sorted by name. */
  readonly views: readonly ViewComparison[]
}

const DEGREES = 180 / Math.PI

/**
 * Compares poses up to a similarity of the world: relative errors over all pairs, and camera centres after alignment. Names match by
 * full path, else by unique file name. Results do not depend on the order of either list.
 */
export function comparePoses(estimate: readonly ViewPose[], truth: readonly ViewPose[]): Comparison {
  const order = [...truth].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
  const { bOfA } = matchNames(
    order.map((v) => v.name),
    estimate.map((v) => v.name),
  )
  const found = order.map((t, i) => (bOfA[i] < 0 ? undefined : { truth: t, estimate: estimate[bOfA[i]] }))
  const pairs = found.filter((f) => f !== undefined)
  const matched = new Set(bOfA)
  const n = order.length
  return {
    registered: pairs.length,
    total: n,
    missing: order.filter((_, i) => bOfA[i] < 0).map((t) => t.name),
    extra: estimate.filter((_, j) => !matched.has(j)).map((e) => e.name),
    ...relativeErrors(pairs, (n * (n - 1)) / 2),
    ...alignedErrors(pairs),
  }
}

interface Matched {
  readonly truth: ViewPose
  readonly estimate: ViewPose
}

function relativeErrors(
  views: readonly Matched[],
  totalPairs: number,
): Pick<Comparison, 'rotation' | 'translation' | 'auc'> {
  const count = (views.length * (views.length - 1)) / 2
  const rotation = new Float64Array(count)
  const translation = new Float64Array(count)
  const worst = new Float64Array(totalPairs).fill(180)
  let p = 0
  for (let i = 0; i < views.length; i++) {
    for (let j = i + 1; j < views.length; j++, p++) {
      const [a, b] = [views[i], views[j]]
      rotation[p] = relativeRotationErrorDeg(a, b)
      translation[p] = relativeTranslationErrorDeg(a, b)
      worst[p] = Math.max(rotation[p], translation[p])
    }
  }
  worst.sort()
  const auc = { at1Deg: stepAuc(worst, 1), at3Deg: stepAuc(worst, 3), at5Deg: stepAuc(worst, 5) }
  if (count === 0) return { auc }
  return { rotation: meanAndMedian(rotation), translation: meanAndMedian(translation), auc }
}

function meanAndMedian(values: Float64Array): { meanDeg: number; medianDeg: number } {
  const meanDeg = values.reduce((sum, v) => sum + v, 0) / values.length
  return { meanDeg, medianDeg: values.slice().sort()[values.length >> 1] }
}

/** Angle of true bFromA times the estimated one's inverse. */
function relativeRotationErrorDeg(a: Matched, b: Matched): number {
  const truth = mat3MultiplyTranspose(b.truth.R, a.truth.R)
  const estimate = mat3MultiplyTranspose(b.estimate.R, a.estimate.R)
  return rotationAngleDeg(mat3MultiplyTranspose(truth, estimate))
}

/** Angle of a rotation by its sine and cosine: accurate near 0° and near 180°. */
function rotationAngleDeg(R: Float64Array): number {
  const x = R[7] - R[5]
  const y = R[2] - R[6]
  const z = R[3] - R[1]
  return atan2(Math.sqrt(x * x + y * y + z * z) / 2, (R[0] + R[4] + R[8] - 1) / 2) * DEGREES
}

/** Angle between the true and the estimated translation of bFromA, each seen from b. */
function relativeTranslationErrorDeg(a: Matched, b: Matched): number {
  const truth = relativeTranslation(a.truth, b.truth)
  const estimate = relativeTranslation(a.estimate, b.estimate)
  const x = truth[1] * estimate[2] - truth[2] * estimate[1]
  const y = truth[2] * estimate[0] - truth[0] * estimate[2]
  const z = truth[0] * estimate[1] - truth[1] * estimate[0]
  const dot = truth[0] * estimate[0] + truth[1] * estimate[1] + truth[2] * estimate[2]
  return atan2(Math.sqrt(x * x + y * y + z * z), dot) * DEGREES
}

/** t of bFromA: R_b (C_a − C_b). */
function relativeTranslation(a: ViewPose, b: ViewPose): [number, number, number] {
  const x = a.center[0] - b.center[0]
  const y = a.center[1] - b.center[1]
  const z = a.center[2] - b.center[2]
  const { R } = b
  return [R[0] * x + R[1] * y + R[2] * z, R[3] * x + R[4] * y + R[5] * z, R[6] * x + R[7] * y + R[8] * z]
}

function alignedErrors(views: readonly Matched[]): Pick<Comparison, 'centers' | 'alignmentVerdict' | 'views'> {
  const flat = (which: 'truth' | 'estimate') => Float64Array.from(views.flatMap((v) => [...v[which].center]))
  const alignment = alignSim3(flat('estimate'), flat('truth'))
  if (!alignment.ok) {
    return { alignmentVerdict: alignmentVerdict(alignment), views: views.map((v) => ({ name: v.truth.name })) }
  }
  const { transform } = alignment
  const compared = views.map((v) => ({
    name: v.truth.name,
    centerError: distance(transformPointSim3(transform, v.estimate.center), v.truth.center),
    rotationErrorDeg: rotationAngleDeg(
      mat3MultiplyTranspose(v.truth.R, mat3MultiplyTranspose(v.estimate.R, transform.R)),
    ),
  }))
  const squares = compared.reduce((sum, v) => sum + v.centerError * v.centerError, 0)
  return {
    centers: {
      rmse: Math.sqrt(squares / compared.length),
      max: compared.reduce((max, v) => Math.max(max, v.centerError), 0),
      truthFromEstimate: { scale: transform.scale, R: [...transform.R], t: [...transform.t] },
    },
    views: compared,
  }
}

function alignmentVerdict({ reason, value, threshold }: { reason: string; value: number; threshold: number }): Verdict {
  const text =
    reason === 'count'
      ? `Camera centres are compared after a similarity, which takes at least ${threshold} photos in common; there are ${value}.`
      : 'Camera centres are compared after a similarity, which takes centres that do not all lie on one line.'
  return { test: `alignment-${reason}`, value, threshold, unit: reason === 'count' ? 'count' : 'ratio', text }
}

function distance(a: Float64Array, b: Float64Array): number {
  const x = a[0] - b[0]
  const y = a[1] - b[1]
  const z = a[2] - b[2]
  return Math.sqrt(x * x + y * y + z * z)
}
