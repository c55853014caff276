import type { Verdict } from '../report/report.js'
import type { TwoViewGeometry } from './two-view-geometry.js'
import { defaultVerifyOptions, type VerifyOptions } from './verify-pair.js'

/**
 * Why a pair is of its kind: the ratio of inliers that decided it, its threshold, and a sentence. For a refused pair, the
 * verdict it was refused with.
 *
 * @param options those of the verification
 */
export function pairReason(geometry: TwoViewGeometry, options: VerifyOptions = {}): Verdict {
  const { kind, support, verdict } = geometry
  if (verdict !== undefined) return verdict
  const { minInliers, minEOverF, minHOverF } = { ...defaultVerifyOptions, ...options }
  const { E, F, H } = support
  const essential = E >= minInliers && E >= minEOverF * F
  const [model, inliers] = essential ? ['essential', E] : ['fundamental', F]
  const flatness = { test: `homography-over-${model}`, value: ratio(H, inliers), threshold: minHOverF, unit: 'ratio' }
  const homography = `a homography fits ${H}, the ${model} matrix ${inliers}`
  switch (kind) {
    case 'calibrated': {
      const text = `The essential matrix keeps ${E} of the fundamental matrix's ${F} inliers, so the intrinsics agree; ${homography}: there is depth.`
      return { test: 'essential-over-fundamental', value: ratio(E, F), threshold: minEOverF, unit: 'ratio', text }
    }
    case 'uncalibrated': {
      const why =
        E > 0
          ? `The essential matrix keeps only ${E} of the fundamental matrix's ${F} inliers: the intrinsics are off`
          : 'The intrinsics are not known'
      return { ...flatness, text: `${why}; ${homography}: there is depth.` }
    }
    case 'planar':
      return {
        ...flatness,
        text: `${capital(homography)}, and a turn of the camera does not explain it: a plane, or all far away.`,
      }
    default:
      return {
        ...flatness,
        text: `${capital(homography)}, and a turn of the camera alone explains it: there is no depth to see.`,
      }
  }
}

function ratio(part: number, whole: number): number {
  return whole > 0 ? part / whole : 0
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
