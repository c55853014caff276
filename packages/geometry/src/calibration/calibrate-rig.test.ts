import { randomStream } from '@epipole/core'
import { describe, expect, it } from 'vitest'
import type { Camera } from '../camera/camera.js'
import { camera } from '../camera/create.js'
import { lensOf } from '../camera/models.js'
import { pixelsFromNormalized } from '../camera/project.js'
import { choleskyFactor, choleskySolve } from '../math/cholesky.js'
import { compose, invert, type Rigid } from '../math/rigid.js'
import { rotationAngleRad, so3Exp, so3Log } from '../math/so3.js'
import { euclidean, product, rotations } from '../optimize/manifold.js'
import { checkJacobian } from '../optimize/numeric-jacobian.js'
import type { BoardView } from './board-view.js'
import { calibrateRig, type RigCalibrationOptions, type RigView } from './calibrate-rig.js'
import { rigTerm } from './rig-term.js'

const SIZE = { width: 640, height: 480 }
const LEFT = camera('OPENCV', 640, 480, [500, 505, 310, 250, -0.2, 0.05, 0.001, -0.0015])
const RIGHT = camera('OPENCV', 640, 480, [480, 486, 325, 235, -0.15, 0.02, -0.001, 0.001])
const RIGHT_FROM_LEFT: Rigid = { R: so3Exp([0.02, 0.15, -0.01]), t: Float64Array.of(-60, 2, 8) }
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

function grid(columns: number, rows: number, square: number): Float64Array {
  return Float64Array.from({ length: 2 * columns * rows }, (_, k) => {
    const i = k >> 1
    return square * (k % 2 === 0 ? i % columns : Math.floor(i / columns))
  })
}
const BOARD = grid(4, 3, 30)

function view(cam: Camera, { R, t }: Rigid, noise: () => number = () => 0): BoardView {
  const normalized = new Float64Array(BOARD.length)
  for (let k = 0; k < BOARD.length; k += 2) {
    const [x, y, z] = [0, 1, 2].map((r) => R[3 * r] * BOARD[k] + R[3 * r + 1] * BOARD[k + 1] + t[r])
    normalized.set([x / z, y / z], k)
  }
  return { board: BOARD, pixels: pixelsFromNormalized(cam, normalized).map((p) => p + noise()) }
}

function pair(pose: Rigid, noise?: () => number): RigView {
  return [view(LEFT, pose, noise), view(RIGHT, compose(RIGHT_FROM_LEFT, pose), noise)]
}

function calibrated(views: readonly RigView[], options: RigCalibrationOptions = { cameras: [SIZE, SIZE] }) {
  const found = calibrateRig(views, options)
  if (!found.ok) throw new Error(`${found.reason} ${found.value}`)
  return found
}

const CORNERS_LEFT = [
  [
    227.3, 194.4, 291.3, 199.2, 349.4, 204.1, 401.5, 209.2, 219.7, 260.0, 282.3, 262.1, 339.0, 263.6, 390.1, 265.3,
    213.2, 321.1, 273.4, 320.2, 328.6, 319.3, 378.7, 318.2,
  ],
  [
    187.2, 151.4, 244.9, 133.4, 305.0, 116.4, 366.9, 99.4, 187.8, 201.0, 249.7, 183.2, 314.3, 165.4, 381.3, 147.5,
    188.7, 258.4, 255.2, 241.4, 324.8, 223.0, 397.6, 204.4,
  ],
  [
    354.6, 136.8, 370.3, 183.8, 387.6, 236.7, 406.0, 295.3, 307.4, 161.3, 320.5, 208.4, 334.4, 260.0, 349.8, 316.7,
    263.6, 184.6, 274.1, 230.6, 285.5, 281.2, 298.1, 336.1,
  ],
  [
    137.5, 278.8, 191.2, 242.3, 250.9, 201.8, 316.3, 158.1, 185.6, 322.3, 238.1, 289.9, 295.7, 254.2, 358.9, 215.7,
    228.6, 360.0, 280.1, 331.0, 335.1, 299.6, 394.0, 265.8,
  ],
  [
    310.1, 65.9, 365.5, 102.6, 413.2, 135.1, 453.8, 163.9, 292.1, 131.1, 352.2, 165.2, 403.4, 194.9, 445.9, 220.0,
    273.0, 204.7, 337.2, 235.1, 391.1, 260.0, 437.0, 281.9,
  ],
]
const CORNERS_RIGHT = [
  [
    168.9, 181.0, 230.3, 183.5, 290.3, 186.2, 346.4, 188.8, 168.4, 240.1, 228.5, 241.3, 285.7, 242.7, 340.2, 243.4,
    169.0, 295.0, 226.1, 295.0, 281.9, 294.4, 334.5, 294.3,
  ],
  [
    149.0, 142.0, 194.9, 124.1, 244.5, 104.7, 298.9, 84.9, 142.1, 187.5, 190.4, 170.2, 243.5, 151.4, 301.9, 131.6,
    135.3, 239.3, 185.9, 223.4, 242.6, 206.0, 305.5, 186.9,
  ],
  [
    308.0, 120.2, 317.1, 165.5, 327.1, 216.6, 338.1, 272.8, 269.2, 146.0, 276.2, 190.3, 284.0, 238.7, 292.8, 292.8,
    235.2, 168.9, 240.2, 211.7, 246.1, 258.7, 252.2, 309.6,
  ],
  [
    91.4, 257.6, 126.7, 225.4, 168.1, 188.4, 215.9, 146.4, 139.3, 295.5, 176.3, 267.2, 218.7, 234.9, 267.6, 198.4,
    183.5, 330.2, 222.0, 305.3, 265.0, 276.7, 313.4, 245.0,
  ],
  [
    220.9, 59.3, 283.4, 88.7, 340.6, 116.5, 391.7, 142.4, 198.4, 122.5, 264.4, 150.2, 324.6, 175.9, 378.8, 199.2, 174.9,
    191.5, 245.0, 216.6, 308.1, 239.9, 364.5, 260.1,
  ],
]

describe('calibrateRig', () => {
  it('is exact from exact corners, also where a camera misses the board', () => {
    const views = POSES.map((pose, i) => {
      const [left, right] = pair(pose)
      return [i === 1 ? undefined : left, i === 3 ? undefined : right]
    })
    const { cameras, rigFromBoard, rmsPx } = calibrated(views)
    expect(rmsPx).toBeLessThan(1e-6)
    for (const [c, truth] of [LEFT, RIGHT].entries()) {
      for (const [k, v] of truth.params.entries()) {
        expect(Math.abs(cameras[c].camera.params[k] - v)).toBeLessThan(1e-5 * (1 + Math.abs(v)))
      }
    }
    expect(cameras[0].camFromRig.R).toEqual(so3Exp([0, 0, 0]))
    expect(rotationAngleRad(cameras[1].camFromRig.R, RIGHT_FROM_LEFT.R)).toBeLessThan(1e-7)
    for (let k = 0; k < 3; k++) expect(cameras[1].camFromRig.t[k]).toBeCloseTo(RIGHT_FROM_LEFT.t[k], 5)
    for (const [i, pose] of POSES.entries()) expect(rigFromBoard[i].t[2]).toBeCloseTo(pose.t[2], 4)
    expect(cameras[0].views[1]).toBeUndefined()
    expect(cameras[1].views[1]!.camFromBoard.t[0]).toBeCloseTo(compose(RIGHT_FROM_LEFT, POSES[1]).t[0], 4)
  })

  it('chains three cameras, of which the first and the last never see the board together', () => {
    const third = compose({ R: so3Exp([0, -0.2, 0]), t: Float64Array.of(50, 0, 5) }, RIGHT_FROM_LEFT)
    const cam = camera('SIMPLE_RADIAL', 640, 480, [520, 318, 244, -0.1])
    const poses = [...POSES, ...POSES.map(({ R, t }) => ({ R, t: t.map((v) => v + 4) }))]
    const views = poses.map((pose, i): RigView => {
      const [left, right] = pair(pose)
      return i < 5 ? [left, right, undefined] : [undefined, right, view(cam, compose(third, pose))]
    })
    const { cameras } = calibrated(views, { cameras: [SIZE, SIZE, { ...SIZE, model: 'SIMPLE_RADIAL' }] })
    expect(cameras[2].camera.params[0]).toBeCloseTo(520, 3)
    expect(rotationAngleRad(cameras[2].camFromRig.R, third.R)).toBeLessThan(1e-6)
    for (let k = 0; k < 3; k++) expect(cameras[2].camFromRig.t[k]).toBeCloseTo(third.t[k], 3)
  })

  it("OpenCV's numbers", () => {
    // rng = np.random.default_rng(7); 4 × 3 corners 25 apart; POSES, LEFT, RIGHT, RIGHT_FROM_LEFT; 0.2 px of noise, rounded to
    // 0.1; calibrateCamera of each, then cv2.stereoCalibrateExtended(…, flags=CALIB_FIX_K3 | CALIB_USE_INTRINSIC_GUESS,
    // criteria=(3, 2000, 1e-16)). The origin is OpenCV's here too; it rounds corners to f32.
    const board = grid(4, 3, 25)
    const views = CORNERS_LEFT.map((left, i) =>
      [left, CORNERS_RIGHT[i]].map((pixels) => ({ board, pixels: Float64Array.from(pixels) })),
    )
    const { cameras, rmsPx } = calibrated(views)
    const expected = [
      [
        496.71119250696387, 502.08146346611943, 308.91855762713817, 256.05439308892977, -0.18362493487010012,
        0.041577893044147544, 0.004741528847068484, -0.0017880824138319774,
      ],
      [
        476.13629311236906, 483.2238405508329, 325.9723608962362, 237.44291344681866, -0.15503041221117023,
        0.01954155275881378, -5.5108854479507985e-5, -0.001758409719511855,
      ],
    ]
    for (const [c, params] of expected.entries()) {
      const { camera: found, standardDeviation } = cameras[c]
      for (const [k, v] of params.entries()) {
        expect(Math.abs(found.params[k] - v)).toBeLessThan(1e-3 * standardDeviation[k])
      }
    }
    const R = [
      0.9891018950886814, 0.009918055442477711, 0.1468981732637241, -0.007960528281706456, 0.9998715953932577,
      -0.013907649521674434, -0.14701724770058552, 0.01258669543532049, 0.9890538428096639,
    ]
    expect(rotationAngleRad(cameras[1].camFromRig.R, R)).toBeLessThan(1e-6)
    const t = [-60.18251296412692, 2.0268050864453677, 7.8979888876264015]
    for (let k = 0; k < 3; k++) expect(cameras[1].camFromRig.t[k]).toBeCloseTo(t[k], 3)
    expect(rmsPx).toBeCloseTo(0.22721956564325776, 5)
    const perView = [
      [0.16794805438782826, 0.24648200811202875],
      [0.2487481588584326, 0.18398326434473153],
      [0.19717016784008756, 0.27671300361804496],
      [0.25888371593154236, 0.16715620830053074],
      [0.2819681528363847, 0.2041756981175856],
    ]
    for (const [i, rms] of perView.entries()) {
      for (const c of [0, 1]) expect(cameras[c].views[i]!.rmsPx).toBeCloseTo(rms[c], 4)
    }
  })

  it('its covariances are true: χ² over noisy repetitions', () => {
    // Few parameters and views, for speed.
    const random = randomStream(3)
    const noise = () => 0.2 * random.normal()
    const truths = [
      camera('SIMPLE_RADIAL', 640, 480, [500, 310, 250, -0.2]),
      camera('SIMPLE_RADIAL', 640, 480, [480, 325, 235, -0.15]),
    ]
    const options = { ...SIZE, model: 'SIMPLE_RADIAL' } as const
    const runs = 500
    const sums = [0, 0, 0]
    const normalised = (covariance: Float64Array, error: ArrayLike<number>) => {
      const [L, n] = [covariance.slice(), error.length]
      expect(choleskyFactor(L, n)).toBe(true)
      const solved = choleskySolve(L, n, Float64Array.from(error))
      return Array.from(error).reduce((s, e, k) => s + e * solved[k], 0) / n
    }
    for (let run = 0; run < runs; run++) {
      const views = POSES.slice(0, 4).map((pose) => [
        view(truths[0], pose, noise),
        view(truths[1], compose(RIGHT_FROM_LEFT, pose), noise),
      ])
      const { cameras } = calibrated(views, { cameras: [options, options] })
      for (const [c, truth] of truths.entries()) {
        const { camera: found, covariance } = cameras[c]
        sums[c] += normalised(
          covariance,
          found.params.map((v, k) => v - truth.params[k]),
        )
      }
      const { R, t } = cameras[1].camFromRig
      const turned = so3Log(compose({ R, t }, invert(RIGHT_FROM_LEFT)).R)
      const error = [...turned, ...t.map((v, k) => v - RIGHT_FROM_LEFT.t[k])]
      sums[2] += normalised(cameras[1].motionCovariance, error)
    }
    for (const sum of sums) {
      expect(sum / runs).toBeGreaterThan(0.9)
      expect(sum / runs).toBeLessThan(1.1)
    }
  }, 60_000)

  it('what is fixed stays', () => {
    const random = randomStream(4)
    const views = POSES.map((pose) => pair(pose, () => 0.2 * random.normal()))
    const fixed = calibrated(views, { cameras: [SIZE, { ...SIZE, fixed: ['p1', 'p2'] }] })
    expect([...fixed.cameras[1].camera.params.slice(6)]).toEqual([0, 0])
    expect(fixed.cameras[1].standardDeviation[6]).toBe(0)
    expect(fixed.cameras[1].standardDeviation[0]).toBeGreaterThan(0)
  })

  it('refuses rigs that hang apart and cameras that cannot be calibrated, and misuse', () => {
    const apart = [
      ...POSES.map((pose) => [pair(pose)[0], undefined]),
      ...POSES.map((pose) => [undefined, pair(pose)[1]]),
    ]
    const cameras = [SIZE, SIZE]
    expect(calibrateRig(apart, { cameras })).toEqual({ ok: false, reason: 'connected', value: 1, threshold: 0 })
    const few = POSES.map((pose, i) => [pair(pose)[0], i < 2 ? pair(pose)[1] : undefined])
    expect(calibrateRig(few, { cameras })).toMatchObject({
      ok: false,
      reason: 'camera',
      value: 1,
      alone: { reason: 'count', value: 2 },
    })
    expect(() => calibrateRig([[undefined, undefined]], { cameras })).toThrow('no camera sees')
    expect(() => calibrateRig([[undefined]], { cameras })).toThrow('rig of 2')
    const odd = { board: BOARD, pixels: BOARD.subarray(2) }
    expect(() => calibrateRig([[odd, undefined]], { cameras })).toThrow('View 0 of camera 0')
  })
})

describe('rigTerm', () => {
  it.each(['OPENCV', 'SIMPLE_RADIAL', 'OPENCV_FISHEYE'] as const)('%s: its Jacobian is right', (model) => {
    const lens = lensOf(model)
    const params = lens.paramNames.map((name) => (name.startsWith('f') ? 500 : name.startsWith('c') ? 300 : 0.1))
    const pose = product(rotations, euclidean(3))
    const term = rigTerm(lens, view(LEFT, POSES[0]), [0, 1, 2])
    const x = Float64Array.of(...params, ...RIGHT_FROM_LEFT.R, ...RIGHT_FROM_LEFT.t, ...POSES[0].R, ...POSES[0].t)
    const check = checkJacobian({ blocks: [euclidean(params.length), pose, pose], terms: [term] }, x, 1e-4)
    expect(check).toMatchObject({ ok: true })
  })
})
