import type { Verdict } from '../report/report.js'
import type { TwoViewGeometry } from './two-view-geometry.js'
import { defaultVerifyOptions, type VerifyOptions } from './verify-options.js'

/**
 * Why a pair is of its kind: the ratio of inliers that decided it, its threshold, and a sentence. For a refused pair, the
 * verdict it was refused with.
 *
 * @param options those of the verification
 */
export function pairReason(geometry: TwoViewGeometry, options: VerifyOptions = {}): Verdict {
  const { kind, support, verdict } = geometry
  if (verdict !== undefined) return verdict
  const { minInliers, minEOverF, minHOverF, minRotationShare } = { ...defaultVerifyOptions, ...options }
  const { E, F, H, turnShare = 0 } = support
  const essential = E >= minInliers && E >= minEOverF * F
  const [model, inliers] = essential ? ['essential', E] : ['fundamental', F]
  const flatness = { test: `homography-over-${model}`, value: ratio(H, inliers), threshold: minHOverF, unit: 'ratio' }
  const homography = `a homography fits ${H}, the ${model} matrix ${inliers}`
  const agreement = { test: 'essential-over-fundamental', value: ratio(E, F), threshold: minEOverF, unit: 'ratio' }
  const off = ratio(H, inliers) >= minHOverF ? ', and others lie far off it' : ''
  const depth = `${homography}${off}: there is depth.`
  switch (kind) {
    case 'calibrated': {
      const text = `The essential matrix keeps ${E} of the fundamental matrix's ${F} inliers, so the intrinsics agree; ${depth}`
      return { ...agreement, text }
    }
    case 'uncalibrated': {
      if (E === 0) {
        const text = `The intrinsics are not known; ${depth}`
        return { test: 'fundamental-inliers', value: F, threshold: minInliers, unit: 'count', text }
      }
      const text = `The essential matrix keeps only ${E} of the fundamental matrix's ${F} inliers: the intrinsics are off; ${depth}`
      return { ...agreement, text }
    }
    case 'planar':
      return {
        ...flatness,
        text: `${capital(homography)}, and a turn of the camera does not explain it: a plane, or all far away.`,
      }
    default: {
      const text = `A turn of the camera alone explains ${Math.round(100 * turnShare)} % of the inliers: there is no baseline, so no depth.`
      return { test: 'turn-share', value: turnShare, threshold: minRotationShare, unit: 'ratio', text }
    }
  }
}

function ratio(part: number, whole: number): number {
  return whole > 0 ? part / whole : 0
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
