// npm run bench:self-calibration: focal lengths from fundamental matrices by Kruppa's equations, from matches alone.
import { randomStream } from '@epipole/core'
import {
  estimateFundamental,
  type FundamentalEvidence,
  focalFromFundamental,
  focalFromFundamentals,
  focalsFromFundamental,
  focalsFromFundamentals,
  fundamentalCovariance,
  median,
  refineFundamental,
  syntheticPair,
} from '@epipole/geometry'
import { publish } from './results.js'
import { type Row, row, type Target } from './rows.js'

const PAIRS = 200
const GROUP = 20
const MATCHES = 500
const NOISE_PX = 0.5
const FOCAL = 900
/** Of the second camera, where there are two. */
const OTHER = 1300

/** What the matches of a pair of photos say; image 2 is enlarged about its principal point, as by a longer lens. */
function evidenceOf(seed: number, focal2: number): FundamentalEvidence {
  const layout = { layout: 'roaming', cameraModel: 'SIMPLE_PINHOLE', focal: FOCAL } as const
  const pair = syntheticPair({ ...layout, matches: MATCHES, noisePx: 0, seed })
  const [, cx, cy] = pair.camera1.params
  const random = randomStream(seed, 'bench', 'noise')
  const noise = () => NOISE_PX * random.normal()
  const xy1 = pair.pixels1.map((v) => v + noise())
  const xy2 = pair.pixels2.map((v, k) => {
    const c = k % 2 === 0 ? cx : cy
    return c + (focal2 / FOCAL) * (v - c) + noise()
  })
  const { model, inliers } = estimateFundamental(xy1, xy2, { maxResidual: 4 * NOISE_PX, seed })
  if (model === undefined) throw new Error(`No fundamental matrix from the matches of pair ${seed}.`)
  refineFundamental(model, xy1, xy2, inliers)
  const covariance = fundamentalCovariance(model, xy1, xy2, { indices: inliers })
  return { F: model, ...(covariance && { covariance }), principalPoint1: [cx, cy] }
}

const groups = (evidence: readonly FundamentalEvidence[]) =>
  Array.from({ length: evidence.length / GROUP }, (_, g) => evidence.slice(g * GROUP, (g + 1) * GROUP))

/** Percent by which a focal length is off; a refusal is infinitely far off. */
const off = (focal: number, truth: number) => 100 * Math.abs(focal / truth - 1)

function rowsOf(name: string, errors: readonly number[], atMost: number | undefined): Row[] {
  const target: Target = atMost === undefined ? { of: 'nothing' } : { of: 'ours', atMost }
  const none = { name: 'none', value: undefined }
  const refused = errors.filter((e) => !Number.isFinite(e)).length
  return [
    row(name, `median error of ${errors.length}`, '%', median([...errors]), none, target),
    row(name, 'refused', '%', (100 * refused) / errors.length, none, { of: 'nothing' }),
  ]
}

function measure(): Row[] {
  const seeds = Array.from({ length: PAIRS }, (_, seed) => seed)
  const same = seeds.map((seed) => evidenceOf(seed, FOCAL))
  const unlike = seeds.map((seed) => evidenceOf(seed, OTHER))
  const one = (v: ReturnType<typeof focalFromFundamental>) => (v.ok ? off(v.focal, FOCAL) : Number.POSITIVE_INFINITY)
  const two = (v: { ok: false } | { ok: true; focal1: number; focal2: number }) =>
    v.ok ? Math.max(off(v.focal1, FOCAL), off(v.focal2, OTHER)) : Number.POSITIVE_INFINITY
  return [
    ...rowsOf(
      'one focal length, one F',
      same.map((e) => one(focalFromFundamental(e))),
      5,
    ),
    ...rowsOf(
      `one focal length, ${GROUP} F`,
      groups(same).map((g) => one(focalFromFundamentals(g))),
      1,
    ),
    ...rowsOf(
      'two focal lengths, one F',
      unlike.map((e) => two(focalsFromFundamental(e))),
      undefined,
    ),
    ...rowsOf(
      `two focal lengths, ${GROUP} F`,
      groups(unlike).map((g) => two(focalsFromFundamentals(g))),
      1,
    ),
  ]
}

publish('self-calibration', measure(), [
  `${PAIRS} pairs of photos by a camera that roams (no common fixation), ${MATCHES} matches each with ${NOISE_PX} px of noise in every coordinate; the principal point is known, nothing else. F by RANSAC, refined, with its covariance. Two focal lengths: ${FOCAL} and ${OTHER} px, the larger of both errors.`,
])
