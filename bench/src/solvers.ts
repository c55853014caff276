// npm run bench:solvers: microseconds a call of the minimal solvers, and robust estimation beside OpenCV's USAC_MAGSAC.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import {
  angleBetweenRad,
  calibrationMatrix,
  degrees,
  essentialEightPoint,
  essentialFivePoint,
  essentialFromFundamental,
  estimateAbsolutePose,
  estimateEssential,
  estimateFundamental,
  estimateHomography,
  fundamentalEightPoint,
  fundamentalSevenPoint,
  homographyFourPoint,
  median,
  p3p,
  p4pf,
  poseFromEssential,
  type Rigid,
  rotationAngleRad,
  type SyntheticPair,
  syntheticPair,
  transferErrors,
} from '@epipole/geometry'
import { publish } from './results.js'
import { type Row, row, type Target } from './rows.js'
import { isInstalled, runCommand } from './run-command.js'

const PROBLEMS = 20
const MATCHES = 1000
const NOISE_PX = 1
const RATIOS = [0.3, 0.5, 0.7]
const FOCAL = 900

type Solve = (sample: Int32Array, models: Float64Array) => number

/** Microseconds a call over random samples of one problem, the median of several rounds after warming up. */
function timeSolver(sampleSize: number, count: number, solve: Solve): number {
  const models = new Float64Array(120)
  const samples = Array.from({ length: 500 }, (_, s) =>
    Int32Array.from({ length: sampleSize }, (_, k) => (s * 31 + k * 37) % count),
  )
  const rounds: number[] = []
  for (let round = 0; round < 12; round++) {
    const started = performance.now()
    for (let repeat = 0; repeat < 10; repeat++) for (const sample of samples) solve(sample, models)
    if (round >= 3) rounds.push((performance.now() - started) / (10 * samples.length))
  }
  return 1000 * median(rounds)
}

function solverRows(): Row[] {
  const { xy1, xy2, pixels1, pixels2, points, camera2 } = syntheticPair({ matches: 200, noisePx: 0.5, seed: 1 })
  const flat = syntheticPair({ matches: 200, noisePx: 0.5, layout: 'plane', seed: 1 })
  const [, , cx, cy] = camera2.params
  const centred = pixels2.map((v, k) => v - (k % 2 === 0 ? cx : cy))
  const cases: [string, number, number | undefined, Solve][] = [
    ['P3P', 3, 1, (s, m) => p3p(xy2, points, s, m)],
    ['P4Pf', 4, undefined, (s, m) => p4pf(centred, points, s, m)],
    ['essential five-point', 5, 20, (s, m) => essentialFivePoint(xy1, xy2, s, m)],
    ['essential eight-point', 8, 10, (s, m) => essentialEightPoint(xy1, xy2, s, m)],
    ['fundamental seven-point', 7, 8, (s, m) => fundamentalSevenPoint(pixels1, pixels2, s, m)],
    ['fundamental eight-point', 8, 10, (s, m) => fundamentalEightPoint(pixels1, pixels2, s, m)],
    ['homography four-point', 4, 5, (s, m) => homographyFourPoint(flat.pixels1, flat.pixels2, s, m)],
  ]
  return cases.map(([name, size, limit, solve]) =>
    row(
      name,
      'time a call',
      'µs',
      timeSolver(size, 200, solve),
      { name: 'PoseLib', value: undefined },
      limit === undefined ? { of: 'nothing' } : { of: 'ours', atMost: limit },
    ),
  )
}

/** Milliseconds and error of one run. */
interface Outcome {
  readonly ms: number
  readonly error: number
}

const families = ['H', 'F', 'E', 'PnP'] as const
type Family = (typeof families)[number]

/** What the error of a family is; infinite where nothing was found. */
const errorUnits: Record<Family, string> = { H: 'px', F: 'deg', E: 'deg', PnP: 'deg' }

function problemOf(family: Family, ratio: number, seed: number): SyntheticPair {
  return syntheticPair({
    matches: MATCHES,
    inlierRatio: ratio,
    noisePx: NOISE_PX,
    focal: FOCAL,
    seed,
    layout: family === 'H' ? 'plane' : 'arc',
  })
}

const largerAngle = (found: Rigid, truth: Rigid) =>
  degrees(Math.max(rotationAngleRad(found.R, truth.R), angleBetweenRad(found.t, truth.t)))

/** Error of a model (E, F or H as nine numbers, a pose as twelve) against the truth of its problem. */
function errorOf(family: Family, problem: SyntheticPair, model: ArrayLike<number> | undefined): number {
  if (model === undefined) return Number.POSITIVE_INFINITY
  const M = Float64Array.from(model)
  const right = Int32Array.from(problem.inlier.keys()).filter((i) => problem.inlier[i] === 1)
  if (family === 'PnP') {
    return degrees(rotationAngleRad(M.slice(0, 9), problem.cam2FromWorld.R))
  }
  if (family === 'H') {
    const errors = transferErrors(M, problem.pixels1, problem.pixels2)
    return median(Float64Array.from(right, (i) => errors[i]))
  }
  const [K1, K2] = [calibrationMatrix(problem.camera1), calibrationMatrix(problem.camera2)]
  const E = family === 'E' ? M : essentialFromFundamental(M, K1, K2)
  const pose = poseFromEssential(E, problem.xy1, problem.xy2, right)
  return pose === undefined ? Number.POSITIVE_INFINITY : largerAngle(pose, problem.cam2FromCam1)
}

const THRESHOLD_PX = 2.5 * NOISE_PX

function runOurs(family: Family, p: SyntheticPair, seed: number): Outcome {
  const options = { maxResidual: THRESHOLD_PX, seed, confidence: 0.999 }
  const focals = { focal1: FOCAL, focal2: FOCAL, focal: FOCAL }
  const started = performance.now()
  let model: ArrayLike<number> | undefined
  if (family === 'H') model = estimateHomography(p.pixels1, p.pixels2, options).model
  else if (family === 'F') model = estimateFundamental(p.pixels1, p.pixels2, options).model
  else if (family === 'E') model = estimateEssential(p.xy1, p.xy2, { ...options, ...focals }).model
  else model = estimateAbsolutePose(p.xy2, p.points, { ...options, ...focals }).model?.R
  const ms = performance.now() - started
  return { ms, error: errorOf(family, p, model) }
}

const SCRIPT = `
import cv2, json, sys, time, numpy as np
out = []
for p in json.load(open(sys.argv[1])):
    a, b, X = (np.array(p[k]).reshape(-1, n) for k, n in (('a', 2), ('b', 2), ('X', 3)))
    T, f, (fx, fy, cx, cy) = ${THRESHOLD_PX}, p['family'], p['camera']
    K = np.array([[fx, 0, cx], [0, fy, cy], [0, 0, 1]])
    start = time.perf_counter()
    M = None
    if f == 'H': M, _ = cv2.findHomography(a, b, cv2.USAC_MAGSAC, T, None, 10000, 0.999)
    elif f == 'F': M, _ = cv2.findFundamentalMat(a, b, cv2.USAC_MAGSAC, T, 0.999, 10000)
    elif f == 'E': M, _ = cv2.findEssentialMat(a, b, K, cv2.USAC_MAGSAC, 0.999, T)
    else:
        params = cv2.UsacParams(); params.threshold = T; params.confidence = 0.999; params.maxIterations = 10000
        params.score = cv2.SCORE_METHOD_MAGSAC; params.loMethod = cv2.LOCAL_OPTIM_SIGMA
        ok, _, r, t, _ = cv2.solvePnPRansac(X, b, K.copy(), np.zeros(4), params=params)
        M = np.hstack([cv2.Rodrigues(r)[0].ravel(), t.ravel()]) if ok else None
    ms = 1000 * (time.perf_counter() - start)
    ok = M is not None and M.size in (9, 12)
    out.append({'ms': ms, 'model': M.ravel().tolist() if ok else None})
print(json.dumps(out))
`

/** A Python that has OpenCV. */
async function findPython(): Promise<string | undefined> {
  for (const python of ['python3', '/usr/bin/python3']) {
    if (await isInstalled(python, ['-c', 'import cv2, numpy'])) return python
  }
  return undefined
}

interface Problem {
  readonly family: Family
  readonly ratio: number
  readonly pair: SyntheticPair
}

async function runOpenCv(python: string, problems: readonly Problem[]): Promise<Outcome[]> {
  const folder = await mkdtemp(path.join(tmpdir(), 'epipole-bench-'))
  try {
    const file = path.join(folder, 'problems.json')
    const plain = problems.map(({ family, pair }) => ({
      family,
      a: [...pair.pixels1],
      b: [...pair.pixels2],
      X: [...pair.points],
      camera: pair.camera1.params,
    }))
    await writeFile(file, JSON.stringify(plain))
    const { code, stdout, stderr } = await runCommand(python, ['-c', SCRIPT, file])
    if (code !== 0) throw new Error(`OpenCV's run failed: ${stderr}`)
    const answers = JSON.parse(stdout) as { ms: number; model: number[] | null }[]
    return answers.map(({ ms, model }, i) => ({
      ms,
      error: errorOf(problems[i].family, problems[i].pair, model ?? undefined),
    }))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function robustRows(): Promise<Row[]> {
  const python = await findPython()
  const rows: Row[] = []
  for (const family of families) {
    for (const ratio of RATIOS) {
      const problems = Array.from({ length: PROBLEMS }, (_, seed) => ({
        family,
        ratio,
        pair: problemOf(family, ratio, seed),
      }))
      // Warm, then measured.
      for (const { pair } of problems.slice(0, 5)) runOurs(family, pair, 99)
      const ours = problems.map(({ pair }, seed) => runOurs(family, pair, seed))
      const theirs = python === undefined ? undefined : await runOpenCv(python, problems)
      const of = (outcomes: readonly Outcome[] | undefined, key: keyof Outcome) =>
        outcomes && median(outcomes.map((o) => o[key]))
      const name = `${family}, ${MATCHES} matches, ${100 * ratio} % right`
      const peer = (key: keyof Outcome) => ({ name: 'OpenCV USAC_MAGSAC', value: of(theirs, key) })
      const bound: Target = family === 'E' && ratio === 0.5 ? { of: 'ratio', atMost: 1 } : { of: 'nothing' }
      rows.push(row(name, 'time', 'ms', of(ours, 'ms')!, peer('ms'), bound))
      rows.push(
        row(name, 'median error', errorUnits[family], of(ours, 'error')!, peer('error'), { of: 'ratio', atMost: 1.05 }),
      )
    }
  }
  return rows
}

publish(
  'solvers',
  [...solverRows(), ...(await robustRows())],
  [
    'One core. PoseLib is C++ and is not run here; its README states 0.25 µs for P3P, 5.5 for five-point, 2.2 for eight-point.',
    `Robust rows: medians of ${PROBLEMS} problems, ${NOISE_PX} px of noise, threshold ${THRESHOLD_PX} px, confidence 0.999, at most 10 000 trials.`,
  ],
)
