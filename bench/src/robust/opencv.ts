import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { isInstalled, runCommand } from '../run-command.js'
import { CALIBRATION_TRIALS, CONFIDENCE, MIN_TRIALS, type Outcome } from './ours.js'
import type { Family, Problem } from './problem.js'

export const methods = ['USAC_MAGSAC', 'USAC_ACCURATE', 'USAC_MAGSAC + PROSAC'] as const
export type Method = (typeof methods)[number]

/** The best of 2, 3 and 5 px for OpenCV's methods on these problems. */
export const THRESHOLD_PX: Record<Family, number> = { H: 5, F: 3, E: 3, PnP: 5 }

/**
 * Parameters as OpenCV's own flags set them (modules/calib3d/src/usac/ransac_solvers.cpp), through `UsacParams` so that the
 * number of iterations is obeyed: with flags, `findEssentialMat` always does 1000. USAC_ACCURATE for E crashes through
 * `UsacParams` in OpenCV 4.6, so it runs by its flag (and its own seed).
 */
const SCRIPT = `
import cv2, json, sys, time, numpy as np
job = json.load(open(sys.argv[1]))
family, T, conf, zero = job['family'], job['threshold'], ${CONFIDENCE}, np.zeros(5)

def params(method, iterations, seed):
    p = cv2.UsacParams()
    p.randomGeneratorState = seed
    p.confidence, p.maxIterations, p.threshold, p.isParallel = conf, iterations, T, False
    p.sampler = cv2.SAMPLING_PROSAC if 'PROSAC' in method else cv2.SAMPLING_UNIFORM
    if 'MAGSAC' in method:
        p.score, p.loMethod = cv2.SCORE_METHOD_MAGSAC, cv2.LOCAL_OPTIM_SIGMA
        p.loSampleSize, p.loIterations = (75, 15) if family == 'H' else (50, 10)
    else:
        p.score, p.loMethod = cv2.SCORE_METHOD_MSAC, cv2.LOCAL_OPTIM_GC
        p.loSampleSize, p.loIterations = 20, (15 if family == 'PnP' else 25)
    return p

def run(method, iterations, seed, a, b, X, K1, K2):
    p = params(method, iterations, seed)
    start, M = time.perf_counter(), None
    try:
        if family == 'H': M, _ = cv2.findHomography(a, b, p)
        elif family == 'F': M, _ = cv2.findFundamentalMat(a, b, p)
        elif family == 'E' and method == 'USAC_ACCURATE': M, _ = cv2.findEssentialMat(a, b, K1, cv2.USAC_ACCURATE, conf, T)
        elif family == 'E': M, _ = cv2.findEssentialMat(a, b, K1, K2, zero, zero, p)
        else:
            ok, _, r, t, _ = cv2.solvePnPRansac(X, b, K2.copy(), zero, params=p)
            M = np.hstack([cv2.Rodrigues(r)[0].ravel(), t.ravel()]) if ok else None
    except cv2.error:
        pass
    ms = 1000 * (time.perf_counter() - start)
    return ms, M.ravel().tolist() if M is not None and M.size in (9, 12) else None

def arrays(p):
    # Best first: what PROSAC wants, and no harm to the others.
    n = len(p['pixels2']) // 2
    order = np.argsort(-np.array(p['scores'] or [0] * n), kind='stable')
    flat = lambda k, n: np.ascontiguousarray(np.array(p[k], float).reshape(-1, n)[order])
    square = lambda k: np.array(p[k], float).reshape(3, 3)
    return flat('pixels1', 2), flat('pixels2', 2), flat('points', 3) if p['points'] else None, square('K1'), square('K2')

hopeless = arrays(job['hopeless'])
out = {}
for method in job['methods']:
    costs = sorted(run(method, ${CALIBRATION_TRIALS}, seed, *hopeless)[0] for seed in range(3))
    iterations = max(${MIN_TRIALS}, int(job['budget'] * ${CALIBRATION_TRIALS} / costs[1]))
    out[method] = {'iterations': iterations, 'runs': [run(method, iterations, seed, *arrays(p)) for seed, p in enumerate(job['problems'])]}
print(json.dumps(out))
`

/** A Python that has OpenCV. */
export async function findOpenCv(): Promise<string | undefined> {
  for (const python of ['python3', '/usr/bin/python3']) {
    if (await isInstalled(python, ['-c', 'import cv2, numpy'])) return python
  }
  return undefined
}

export interface PeerOutcomes {
  readonly iterations: number
  readonly runs: readonly Outcome[]
}

/** All methods on problems of one family and threshold, in a process of its own. */
export async function runOpenCv(
  python: string,
  problems: readonly Problem[],
  hopeless: Problem,
  budget: number,
): Promise<Record<Method, PeerOutcomes>> {
  const folder = await mkdtemp(path.join(tmpdir(), 'epipole-bench-'))
  try {
    const file = path.join(folder, 'job.json')
    const { family } = hopeless
    const job = {
      family,
      threshold: THRESHOLD_PX[family],
      budget,
      methods,
      hopeless: plain(hopeless),
      problems: problems.map(plain),
    }
    await writeFile(file, JSON.stringify(job))
    const { code, stdout, stderr } = await runCommand(python, ['-c', SCRIPT, file])
    if (code !== 0) throw new Error(`OpenCV's run failed: ${stderr}`)
    const answer = JSON.parse(stdout) as Record<Method, { iterations: number; runs: [number, number[] | null][] }>
    const outcomes = (method: Method): PeerOutcomes => ({
      iterations: answer[method].iterations,
      runs: answer[method].runs.map(([ms, model]) => ({ ms, model: model ?? undefined })),
    })
    return Object.fromEntries(methods.map((m) => [m, outcomes(m)])) as Record<Method, PeerOutcomes>
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function plain(p: Problem) {
  const { pixels1, pixels2, points, scores, K1, K2 } = p
  const lists = Object.entries({ pixels1, pixels2, points, scores, K1, K2 }).map(([k, v]) => [k, [...v]] as const)
  return Object.fromEntries(lists)
}
