import { randomStream } from '@epipole/core'
import { describe, expect, it } from 'vitest'
import type { Camera } from '../camera/camera.js'
import { camera } from '../camera/create.js'
import { calibrationMatrix } from '../camera/intrinsics.js'
import { pixelsFromNormalized } from '../camera/project.js'
import { choleskyFactor, choleskySolve } from '../math/cholesky.js'
import { mat3Multiply } from '../math/mat3.js'
import type { Rigid } from '../math/rigid.js'
import { so3Exp } from '../math/so3.js'
import type { BoardView } from './board-view.js'
import { type CalibrationOptions, calibratePlanar } from './calibrate-planar.js'
import { planarIntrinsics } from './planar-intrinsics.js'
import { planarPose } from './planar-pose.js'

const SIZE = { width: 640, height: 480 }

function grid(columns: number, rows: number, square: number): Float64Array {
  return Float64Array.from({ length: 2 * columns * rows }, (_, k) => {
    const i = k >> 1
    return square * (k % 2 === 0 ? i % columns : Math.floor(i / columns))
  })
}

function view(cam: Camera, board: Float64Array, { R, t }: Rigid, noise: () => number = () => 0): BoardView {
  const normalized = new Float64Array(board.length)
  for (let k = 0; k < board.length; k += 2) {
    const [x, y, z] = [0, 1, 2].map((r) => R[3 * r] * board[k] + R[3 * r + 1] * board[k + 1] + t[r])
    normalized.set([x / z, y / z], k)
  }
  return { board, pixels: pixelsFromNormalized(cam, normalized).map((p) => p + noise()) }
}

const POSES: Rigid[] = [
  [
    [0.3, -0.4, 0.1],
    [-30, -20, 180],
  ],
  [
    [-0.5, 0.2, -0.2],
    [-50, -40, 200],
  ],
  [
    [0.1, 0.6, 1.2],
    [20, -50, 220],
  ],
  [
    [0.6, 0.1, -0.6],
    [-60, 10, 170],
  ],
  [
    [-0.2, -0.6, 0.3],
    [0, -60, 160],
  ],
].map(([w, t]) => ({ R: so3Exp(w), t: Float64Array.from(t) }))

const TRUTH = camera('OPENCV', 640, 480, [500, 505, 310, 250, -0.2, 0.05, 0.001, -0.0015])
const BOARD = grid(9, 6, 10)

function calibrated(views: readonly BoardView[], options: Partial<CalibrationOptions> = {}) {
  const found = calibratePlanar(views, { ...SIZE, ...options })
  if (!found.ok) throw new Error(`${found.reason} ${found.value}`)
  return found
}

describe('closed form', () => {
  const plain = camera('PINHOLE', 640, 480, [500, 520, 300, 260])
  const K = calibrationMatrix(plain)
  const homography = ({ R, t }: Rigid) => mat3Multiply(K, [R[0], R[1], t[0], R[3], R[4], t[1], R[6], R[7], t[2]])
  const homographies = POSES.map((pose, i) => homography(pose).map((v) => v * (i % 2 ? -3 : 1e-4)))

  it('is exact on exact homographies of any scale', () => {
    const found = planarIntrinsics(homographies, 640, 480)
    expect(found).toMatchObject({ ok: true })
    if (!found.ok) return
    expect([found.fx, found.fy, found.cx, found.cy].map((v) => v.toFixed(7))).toEqual(
      [500, 520, 300, 260].map((v) => v.toFixed(7)),
    )
    const one = planarIntrinsics(homographies.slice(0, 1), 640, 480, [300, 260])
    if (!one.ok) throw new Error(one.reason)
    expect(one.fx).toBeCloseTo(500, 7)
    expect(one.fy).toBeCloseTo(520, 7)
    for (const [i, H] of homographies.entries()) {
      const pose = planarPose(K, H)!
      for (let k = 0; k < 9; k++) expect(pose.R[k]).toBeCloseTo(POSES[i].R[k], 10)
      for (let k = 0; k < 3; k++) expect(pose.t[k]).toBeCloseTo(POSES[i].t[k], 7)
    }
  })

  it('refuses views that say nothing', () => {
    const flat = [0, 0.3, 1].map((turn) => homography({ R: so3Exp([0, 0, turn]), t: Float64Array.of(turn, 0, 200) }))
    expect(planarIntrinsics(flat, 640, 480)).toMatchObject({ ok: false, reason: 'rank' })
    expect(planarIntrinsics(flat, 640, 480, [300, 260])).toMatchObject({ ok: false, reason: 'rank' })
    const parallel = [0, 20, 40].map((x) => homography({ R: POSES[0].R, t: Float64Array.of(x, x / 2, 200 + x) }))
    expect(planarIntrinsics(parallel, 640, 480)).toMatchObject({ ok: false, reason: 'rank' })
    expect(planarIntrinsics([], 640, 480)).toMatchObject({ ok: false, reason: 'rank' })
  })
})

describe('calibratePlanar', () => {
  it.each([
    ['OPENCV', [500, 505, 310, 250, -0.2, 0.05, 0.001, -0.0015]],
    ['SIMPLE_RADIAL', [500, 310, 250, -0.2]],
    ['FULL_OPENCV', [500, 505, 310, 250, -0.2, 0.05, 0.001, -0.0015, 0.02, 0, 0, 0]],
    ['OPENCV_FISHEYE', [400, 405, 310, 250, 0.02, -0.01, 0.003, -0.002]],
  ] as const)('%s: exact from exact corners', (model, params) => {
    const truth = camera(model, 640, 480, params)
    const views = POSES.map((pose) => view(truth, BOARD, pose))
    const found = calibrated(views, { model, ...(model === 'FULL_OPENCV' && { fixed: ['k4', 'k5', 'k6'] }) })
    for (const [i, value] of params.entries()) {
      expect(Math.abs(found.camera.params[i] - value)).toBeLessThan(1e-5 * (1 + Math.abs(value)))
    }
    expect(found.rmsPx).toBeLessThan(1e-6)
    for (const [i, fit] of found.views.entries()) expect(fit.camFromBoard.t[2]).toBeCloseTo(POSES[i].t[2], 3)
  })

  it("OpenCV's numbers", () => {
    // rng = np.random.default_rng(4); b = 4 × 3 corners 25 apart; the poses are POSES; K, d are TRUTH's; 0.3 px of noise,
    // rounded to 0.1; cv2.calibrateCameraExtended(…, (640, 480), flags = CALIB_FIX_K3, criteria = (3, 1000, 1e-15))
    const corners = [
      [
        227.1, 194.3, 291.9, 199.6, 349.0, 204.3, 401.3, 209.0, 219.4, 260.2, 282.3, 262.5, 339.1, 263.9, 389.7, 265.9,
        212.9, 321.5, 273.6, 320.2, 328.8, 319.2, 379.1, 318.1,
      ],
      [
        187.8, 150.5, 244.8, 133.4, 305.2, 115.6, 366.8, 99.3, 187.3, 201.2, 249.4, 183.6, 314.6, 165.2, 381.0, 147.7,
        189.0, 258.7, 254.8, 241.0, 324.8, 223.0, 397.4, 204.8,
      ],
      [
        355.5, 136.5, 370.5, 184.3, 387.4, 236.8, 406.0, 295.1, 307.2, 161.8, 320.3, 208.4, 334.7, 260.3, 349.9, 316.6,
        263.8, 184.7, 273.8, 231.2, 285.3, 281.0, 298.5, 336.0,
      ],
      [
        137.2, 279.6, 190.9, 242.6, 250.5, 201.7, 315.9, 157.6, 185.5, 322.3, 238.4, 290.7, 295.7, 254.7, 358.3, 215.8,
        228.3, 359.5, 279.5, 331.0, 335.2, 299.6, 394.7, 265.7,
      ],
      [
        309.9, 66.3, 365.5, 102.5, 413.0, 134.9, 454.2, 163.8, 292.5, 131.2, 352.0, 165.2, 402.6, 195.1, 446.2, 220.3,
        273.0, 204.9, 337.1, 235.3, 391.4, 260.1, 437.1, 281.4,
      ],
    ]
    const board = grid(4, 3, 25)
    // The origin is OpenCV's here too: nothing but the principal point would change.
    const found = calibrated(corners.map((c) => ({ board, pixels: Float64Array.from(c) })))
    const expected = [
      494.2538982594235, 499.6605140627266, 316.38563437538045, 252.87000230400758, -0.12154642548394792,
      -0.3312341645749234, 0.00011193950987989765, 0.0006957852757364443,
    ]
    const deviations = [
      10.479468281218331, 10.143351583666789, 12.743048207794741, 11.17866864877232, 0.10317469528991342,
      0.5817973642376228, 0.006010706834509873, 0.00594113000578826,
    ]
    // OpenCV divides by points − parameters = 60 − 38; there are two residuals a point.
    const rightFreedom = Math.sqrt((60 - 38) / (120 - 38))
    for (const [i, theirs] of deviations.entries()) {
      const sigma = theirs * rightFreedom
      expect(Math.abs(found.camera.params[i] - expected[i])).toBeLessThan(1e-4 * sigma)
      expect(Math.abs(found.standardDeviation[i] / sigma - 1)).toBeLessThan(1e-3)
      expect(Math.sqrt(found.covariance[9 * i])).toBeCloseTo(found.standardDeviation[i], 10)
    }
    expect(found.rmsPx).toBeCloseTo(0.35759853855230966, 5)
    const perView = [
      0.3665279595703757, 0.3766113769094346, 0.3522301125459238, 0.42254239299973095, 0.24616371268576936,
    ]
    for (const [i, rms] of perView.entries()) expect(found.views[i].rmsPx).toBeCloseTo(rms, 5)
  })

  it('its covariance is true: χ² over noisy repetitions', () => {
    const random = randomStream(11)
    const p = 8
    const runs = 500
    let sum = 0
    for (let run = 0; run < runs; run++) {
      const views = POSES.map((pose) => view(TRUTH, BOARD, pose, () => 0.2 * random.normal()))
      const { camera: found, covariance } = calibrated(views)
      const error = Float64Array.from(found.params, (v, i) => v - TRUTH.params[i])
      const L = covariance.slice()
      expect(choleskyFactor(L, p)).toBe(true)
      const solved = choleskySolve(L, p, error, new Float64Array(p))
      sum += error.reduce((s, e, i) => s + e * solved[i], 0) / p
    }
    expect(sum / runs).toBeGreaterThan(0.9)
    expect(sum / runs).toBeLessThan(1.1)
  })

  it('refuses view sets that cannot tell', () => {
    const see = (poses: readonly Rigid[]) => poses.map((pose) => view(TRUTH, BOARD, pose, noise))
    const random = randomStream(2)
    const noise = () => 0.1 * random.normal()
    expect(calibratePlanar(see(POSES.slice(0, 2)), SIZE)).toEqual({
      ok: false,
      reason: 'count',
      value: 2,
      threshold: 3,
    })
    const parallel = [0, 10, 20, 30].map((x) => ({ R: so3Exp([0.4, 0, 0]), t: Float64Array.of(x - 60, -x, 180 + x) }))
    expect(calibratePlanar(see(parallel), SIZE)).toMatchObject({ ok: false, reason: 'parallel', threshold: 5 })
    const flat = [0, 10, 20, 30].map((x) => ({ R: so3Exp([0, 0, x / 10]), t: Float64Array.of(0, 0, 180 + x) }))
    expect(calibratePlanar(see(flat), SIZE)).toMatchObject({ ok: false, reason: 'parallel' })
    const slight = [0, 0.05, 0.1].map((x) => ({ R: so3Exp([x, 0, 0]), t: Float64Array.of(-40, -20, 300) }))
    expect(calibratePlanar(see(slight), SIZE)).toMatchObject({ ok: false, reason: 'focal', threshold: 0.05 })
    const line = { board: BOARD.map((v, k) => (k % 2 ? 0 : v)), pixels: see(POSES)[0].pixels }
    expect(calibratePlanar([...see(POSES), line], SIZE)).toMatchObject({ ok: false, reason: 'view', value: 5 })
  })

  it('misuse is an error', () => {
    const views = POSES.map((pose) => view(TRUTH, BOARD, pose))
    expect(() => calibratePlanar([{ board: BOARD, pixels: BOARD.subarray(2) }], SIZE)).toThrow('View 0')
    expect(() => calibratePlanar(views, { ...SIZE, fixed: ['k9'] })).toThrow('k9')
  })

  it('what is fixed stays', () => {
    const views = POSES.map((pose) => view(TRUTH, BOARD, pose))
    const { camera: found, standardDeviation } = calibrated(views, { fixed: ['p1', 'p2'], fixPrincipalPoint: true })
    expect([2, 3, 6, 7].map((i) => found.params[i])).toEqual([320, 240, 0, 0])
    expect([2, 3, 6, 7].map((i) => standardDeviation[i])).toEqual([0, 0, 0, 0])
  })
})
