import {
  type BruteForceOptions,
  bruteForceMatcher,
  type Features,
  featuresAt,
  largestFeatures,
} from '@epipole/features'
import { type Camera, meanFocalLength, normalizedFromPixels } from '@epipole/geometry'
import type { Verdict } from '../report/report.js'
import { epipolarCandidates, type PlacedFeatures } from './epipolar-candidates.js'
import { type FeatureChange, featureChange } from './feature-change.js'
import type { PairSide } from './pair-points.js'
import type { TwoViewGeometry } from './two-view-geometry.js'
import { defaultVerifyOptions, type VerifyOptions } from './verify-options.js'
import { verifyPair } from './verify-pair.js'

/** One photo of a pair that is still to be matched. */
export interface FeaturedSide {
  readonly features: Features
  readonly camera: Camera
  readonly calibrated: boolean
}

export interface CoarseToFineOptions {
  readonly matching?: BruteForceOptions
  readonly verification?: VerifyOptions
}

/** What a search along a first geometry came to; only `search` where all features must be compared after all. */
export interface CoarseToFine {
  readonly geometry?: TwoViewGeometry
  /** Flat pairs of keypoints that were tried on the geometry. */
  readonly matches?: Uint32Array
  /** Which way the pair went, and why. */
  readonly search: Verdict
}

/** Features of each photo that are compared first: those of the largest scales, the most repeatable ones. */
const LARGEST = 2048
/** Below this many times as many comparisons of all features, the first look does not pay. */
const WORTHWHILE = 4
/** Matches that must agree on the first geometry for it to guide the rest: with fewer it may be right in a part of the photo only. */
const MIN_GUIDES = 50
/** Half-width of the band about epipolar lines, in thresholds of an inlier: the fewer the guides, the less exact the geometry. */
const bandOf = (guides: number) => 1 + MIN_GUIDES / guides
/**
 * Of the ratio test against the candidates of a band and a sample of the rest: fewer than all, whose second best is further
 * away than the true one.
 */
const GUIDED_RATIO = 0.9

/**
 * Matches two photos from coarse to fine. The largest features are compared with each other; where they agree on an epipolar
 * geometry, every feature is compared only with those along its line, and the whole is verified anew. Pairs with fewer such
 * matches, before a plane or of a camera that only turned are left to the comparison of everything.
 */
export async function matchCoarseToFine(
  a: FeaturedSide,
  b: FeaturedSide,
  { matching = {}, verification = {} }: CoarseToFineOptions = {},
): Promise<CoarseToFine> {
  const all = a.features.count * b.features.count
  const least = WORTHWHILE * LARGEST * LARGEST
  if (all < least) return { search: search('comparisons', all, least, 'Few features: all were compared.') }
  const [largeA, largeB] = [a, b].map(withLargest) as [FeaturedSide, FeaturedSide]
  const first = verifyPair(
    await bruteForceMatcher(matching).match(largeA.features, largeB.features),
    sideOf(largeA),
    sideOf(largeB),
    verification,
  )
  const guides = first.inliers.length / 2
  const depth = first.kind === 'calibrated' || first.kind === 'uncalibrated'
  const agree = `Of the ${LARGEST} largest features of each photo, ${guides} matches agree on ${depth ? 'an epipolar' : 'a'} geometry`
  if (!depth || guides < MIN_GUIDES) {
    const why = depth || guides < MIN_GUIDES ? `${MIN_GUIDES} are needed to guide the rest` : 'but without depth'
    return { search: search('guiding-matches', depth ? guides : 0, MIN_GUIDES, `${agree}; ${why}: all were compared.`) }
  }
  const change = featureChange(first.inliers, largeA.features.keypoints, largeB.features.keypoints)
  const along = await matchAlong(first, change, a, b, matching, verification)
  const geometry = along && verifyPair(along, sideOf(a), sideOf(b), verification)
  if (geometry === undefined || !(geometry.kind === 'calibrated' || geometry.kind === 'uncalibrated')) {
    const text = `${agree}, but what lies along it does not: all were compared.`
    return { search: search('guided-matches', 0, guides, text) }
  }
  const found = geometry.inliers.length / 2
  if (found < guides) {
    const text = `${agree}, but only ${found} of all along it: all were compared.`
    return { search: search('guided-matches', found, guides, text) }
  }
  return {
    geometry,
    matches: along,
    search: search('guiding-matches', guides, MIN_GUIDES, `${agree}: the others were sought along it.`),
  }
}

function search(test: string, value: number, threshold: number, text: string): Verdict {
  return { test, value, threshold, unit: 'count', text }
}

function withLargest(side: FeaturedSide): FeaturedSide {
  return { ...side, features: featuresAt(side.features, largestFeatures(side.features, LARGEST)) }
}

function sideOf({ features, camera, calibrated }: FeaturedSide): PairSide {
  return { keypoints: features.keypoints, camera, calibrated }
}

/** Matches within a band about the geometry's epipolar lines; undefined where that is no narrow band. */
async function matchAlong(
  { kind, E, F, inliers }: TwoViewGeometry,
  change: FeatureChange,
  a: FeaturedSide,
  b: FeaturedSide,
  matching: BruteForceOptions,
  { maxErrorPx = defaultVerifyOptions.maxErrorPx }: VerifyOptions,
): Promise<Uint32Array | undefined> {
  const [pixelsA, pixelsB] = [positions(a.features), positions(b.features)]
  const at = ({ features: { keypoints } }: FeaturedSide, xy: Float64Array): PlacedFeatures => ({ xy, keypoints })
  const reach = bandOf(inliers.length / 2) * maxErrorPx
  const between = (model: Float64Array, xyA: Float64Array, xyB: Float64Array, maxError: number) =>
    epipolarCandidates(model, at(a, xyA), at(b, xyB), maxError, change)
  const lists =
    kind === 'calibrated' && E
      ? between(E, rays(a.camera, pixelsA), rays(b.camera, pixelsB), reach * pixelSize(a.camera, b.camera))
      : F && between(F, pixelsA, pixelsB, reach)
  if (lists === undefined) return undefined
  return bruteForceMatcher({ ...matching, ratio: GUIDED_RATIO }).matchAmong(a.features, b.features, lists)
}

/** One pixel on the plane z = 1. */
function pixelSize(a: Camera, b: Camera): number {
  return 2 / (meanFocalLength(a) + meanFocalLength(b))
}

function positions({ count, keypoints }: Features): Float64Array {
  const xy = new Float64Array(2 * count)
  for (let i = 0; i < count; i++) {
    xy[2 * i] = keypoints[4 * i]
    xy[2 * i + 1] = keypoints[4 * i + 1]
  }
  return xy
}

/** Normalised coordinates; NaN beyond the fold of a lens model. */
function rays(camera: Camera, pixels: Float64Array): Float64Array {
  const { xy, ok } = normalizedFromPixels(camera, pixels)
  return xy.map((v, i) => (ok[i >> 1] === 0 ? Number.NaN : v))
}
