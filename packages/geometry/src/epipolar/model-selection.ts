import { EpipoleError, log } from '@epipole/core'
import type { Numbers } from '../math/vec3.js'
import { homographySampsonErrors } from './homography-residuals.js'
import { sampsonErrors } from './residuals.js'

/**
 * Which model do the matches of two images ask for: an essential matrix, a fundamental matrix, or a homography?
 *
 * Problem: more freedom always fits better, and an epipolar line excuses more than a point does; so residuals alone do not decide.
 * Equation: the geometric robust information criterion, GRIC = Σ min(e²/σ², λ₃ (r − d)) + λ₁ d n + λ₂ k with λ₁ = ln r, λ₂ = ln (r n),
 * λ₃ = 2; n matches of r = 4 coordinates, d the dimension of the model's manifold in them (3 for E and F, 2 for H), k its parameters
 * (5, 7, 8), e the distance from it. The lowest wins. Torr, "An assessment of information criteria for motion model
 * selection" (CVPR 1997); "Bayesian model estimation and selection for epipolar geometry and generic manifold fitting" (IJCV 2002).
 * Matches that no candidate explains say nothing about which is right, but would cost each another amount; they are left out.
 * Preconditions: the residuals of each candidate are near their minimum (refine it first); outliers may be among the matches.
 */
export type TwoViewModel = 'essential' | 'fundamental' | 'homography'

export interface ModelCandidate {
  readonly model: TwoViewModel
  /** In pixels: F, or E as F = K2⁻ᵀ E K1⁻¹, or H. Nine numbers, row-major. */
  readonly matrix: Numbers
}

/** One candidate's account; the parts add up to `gric`. */
export interface ModelScore {
  readonly model: TwoViewModel
  readonly gric: number
  /** Σ min(e²/σ², λ₃ (r − d)). */
  readonly misfit: number
  /** λ₁ d n: what the freedom of the points costs. */
  readonly structure: number
  /** λ₂ k: what the model's parameters cost. */
  readonly parameters: number
  /** Matches whose error is below the cut. */
  readonly inliers: number
}

export interface ModelSelection {
  /** The candidate of the lowest GRIC. */
  readonly best: TwoViewModel
  /** By how much the next one's is higher: below about 2 the data hardly tells them apart. Infinite for a single candidate. */
  readonly margin: number
  /** How many matches some candidate explains; only they count. */
  readonly used: number
  /** In the candidates' order. */
  readonly scores: readonly ModelScore[]
}

const COORDINATES = 4
const LAMBDA3 = 2
const DIMENSION: Record<TwoViewModel, number> = { essential: 3, fundamental: 3, homography: 2 }
const PARAMETERS: Record<TwoViewModel, number> = { essential: 5, fundamental: 7, homography: 8 }

/**
 * @param xy1 pixels in image 1, x y x y …
 * @param xy2 the same in image 2
 * @param sigma standard deviation of a coordinate, pixels
 * @throws EpipoleError `usage` for no candidates, no matches, sizes that do not fit, or a sigma that is not positive
 */
export function selectTwoViewModel(
  candidates: readonly ModelCandidate[],
  xy1: Float64Array,
  xy2: Float64Array,
  sigma: number,
): ModelSelection {
  if (candidates.length === 0 || xy1.length !== xy2.length || xy1.length < 2 || !(sigma > 0 && sigma < 1 / 0)) {
    throw new EpipoleError(
      'usage',
      `Model selection wants candidates, matches and a positive sigma, not ${candidates.length}, ${xy1.length / 2} to ${xy2.length / 2}, ${sigma}.`,
      { candidates: candidates.length, first: xy1.length, second: xy2.length, sigma },
    )
  }
  const squares = candidates.map((c) => squaredErrors(c, xy1, xy2, sigma))
  const used = Int32Array.from({ length: xy1.length / 2 }, (_, i) => i).filter((i) =>
    candidates.some((c, k) => squares[k][i] < cutOf(c.model)),
  )
  const scores = candidates.map((c, k) => scoreOf(c.model, squares[k], used))
  const order = [...scores].sort((a, b) => a.gric - b.gric)
  return {
    best: order[0].model,
    margin: order.length > 1 ? order[1].gric - order[0].gric : 1 / 0,
    scores,
    used: used.length,
  }
}

const cutOf = (model: TwoViewModel) => LAMBDA3 * (COORDINATES - DIMENSION[model])

/** e²/σ² of every match. */
function squaredErrors({ model, matrix }: ModelCandidate, xy1: Float64Array, xy2: Float64Array, sigma: number) {
  const M = Float64Array.from(matrix)
  const errors = model === 'homography' ? homographySampsonErrors(M, xy1, xy2) : sampsonErrors(M, xy1, xy2)
  return errors.map((e) => (e / sigma) ** 2)
}

function scoreOf(model: TwoViewModel, squares: Float64Array, used: Int32Array): ModelScore {
  const cut = cutOf(model)
  let misfit = 0
  let inliers = 0
  for (const i of used) {
    if (squares[i] < cut) inliers++
    misfit += Math.min(squares[i], cut)
  }
  const structure = log(COORDINATES) * DIMENSION[model] * used.length
  const parameters = log(Math.max(COORDINATES, COORDINATES * used.length)) * PARAMETERS[model]
  return { model, gric: misfit + structure + parameters, misfit, structure, parameters, inliers }
}
