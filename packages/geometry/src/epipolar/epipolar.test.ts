import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { mat3Apply, mat3Identity, mat3Multiply, mat3MultiplyTranspose } from '../math/mat3.js'
import type { Rigid } from '../math/rigid.js'
import { so3Exp } from '../math/so3.js'
import { svd3 } from '../math/svd3.js'
import { decomposeHomography, homographyOf } from './decompose-homography.js'
import {
  essentialFromFundamental,
  essentialFromPose,
  fundamentalFromEssential,
  nearestEssential,
  nearestRankTwo,
} from './essential.js'
import { applyHomography, homographyFromPlane, homographyInPixels, shiftHomography } from './homography.js'
import { symmetricTransferErrors, transferErrors } from './homography-residuals.js'
import { clipLine, epipolarLine1, epipolarLine2, epipoles } from './lines.js'
import {
  algebraicErrors,
  epipolarDistances2,
  sampsonErrors,
  sampsonSquaredErrors,
  symmetricEpipolarErrors,
} from './residuals.js'

// The oracle of this file, with OpenCV 4.6:
// R,_=cv2.Rodrigues(np.array([0.1,-0.2,0.05])); t=np.array([[-1.],[0.2],[0.3]])
// K=np.array([[800.,0,320],[0,820,240],[0,0,1]]); n=np.array([[0.1],[-0.2],[1.0]]); n/=np.linalg.norm(n)
// H=K@(R+t@n.T/5)@np.linalg.inv(K); F=K⁻ᵀ [t]ₓ R K⁻¹ of norm 1
const R = so3Exp([0.1, -0.2, 0.05])
const pose: Rigid = { R, t: Float64Array.of(-1, 0.2, 0.3) }
const K = [800, 0, 320, 0, 820, 240, 0, 0, 1]
const F = Float64Array.of(
  2.1829802237530512e-7,
  -2.104405766113746e-6,
  0.0018330579921547292,
  3.7250209225568926e-6,
  5.608089494927495e-7,
  0.004196954197909538,
  -0.0024180770999040397,
  -0.0053795085714145536,
  0.9999721192342618,
)
const norm = Math.sqrt(1.05)
const normal = [0.1 / norm, -0.2 / norm, 1 / norm]

const far = (a: ArrayLike<number>, b: ArrayLike<number>) => {
  let largest = 0
  for (let k = 0; k < Math.max(a.length, b.length); k++) largest = Math.max(largest, Math.abs(a[k] - b[k]))
  return largest
}
const unit = (a: Float64Array) => a.map((v) => v / Math.sqrt(a.reduce((s, w) => s + w * w, 0)))

describe('essential and fundamental matrices', () => {
  it('agree with numpy: F = K2⁻ᵀ E K1⁻¹, and back', () => {
    const E = essentialFromPose(pose)
    const back = fundamentalFromEssential(E, K, K)!
    expect(far(unit(back), F)).toBeLessThan(1e-15)
    expect(far(essentialFromFundamental(back, K, K), E)).toBeLessThan(1e-14)
    expect(fundamentalFromEssential(E, new Float64Array(9), K)).toBeUndefined()
  })

  it('pins E, not Eᵀ: a camera that moves right sees things move left along rows', () => {
    // camera 2 one unit to the right: t = −R C = (−1, 0, 0)
    const E = essentialFromPose({ R: mat3Identity(), t: Float64Array.of(-1, 0, 0) })
    expect([...E]).toEqual([0, 0, -0, 0, 0, 1, 0, -1, 0].map((v) => v + 0))
    // x2ᵀ E x1 = y2 − y1 for this motion, up to its sign
    expect(algebraicErrors(E, Float64Array.of(0.3, 0.1), Float64Array.of(0.2, 0.4))[0]).toBeCloseTo(0.4 - 0.1, 15)
  })

  it('projects on the essential and on the singular matrices', () => {
    const M = Float64Array.of(1, 2, 3, 4, 5, 6, 7, 8, 10)
    const S = svd3(nearestEssential(M)).S
    expect(far(S, [1, 1, 0])).toBeLessThan(1e-14)
    const S2 = svd3(nearestRankTwo(M)).S
    expect(far(S2, [...svd3(M).S.subarray(0, 2), 0])).toBeLessThan(1e-13)
  })
})

describe('epipolar lines and residuals', () => {
  const xy1 = Float64Array.of(100, 200, 400, 50)
  const xy2 = Float64Array.of(130, 180, 390, 80)

  it('agree with cv2.computeCorrespondEpilines', () => {
    expect(far(epipolarLine2(F, 100, 200), [0.2928745339653025, 0.9561508810614604, -64.89312006310557])).toBeLessThan(
      1e-12,
    )
    expect(far(epipolarLine2(F, 400, 50), [0.30271097125236635, 0.9530824035116005, -39.39641155690604])).toBeLessThan(
      1e-12,
    )
    expect(
      far(epipolarLine1(F, 130, 180), [-0.2957899264666683, -0.9552530132906377, 343.02266509194993]),
    ).toBeLessThan(1e-12)
    expect(far(epipolarLine1(F, 390, 80), [-0.3138878688216193, -0.9494600601429328, 316.30678640619715])).toBeLessThan(
      1e-12,
    )
  })

  it('agree with cv2.sampsonDistance, which is squared', () => {
    const squares = sampsonSquaredErrors(F, xy1, xy2)
    expect(squares[0]).toBeCloseTo(8761.967467622668, 8)
    expect(squares[1]).toBeCloseTo(11063.76003594736, 8)
    expect(sampsonErrors(F, xy1, xy2)[0]).toBeCloseTo(Math.sqrt(8761.967467622668), 10)
  })

  it('the distance from the line and the symmetric error are what their names say', () => {
    const line2 = epipolarLine2(F, 100, 200)
    const line1 = epipolarLine1(F, 130, 180)
    const d2 = line2[0] * 130 + line2[1] * 180 + line2[2]
    const d1 = line1[0] * 100 + line1[1] * 200 + line1[2]
    expect(epipolarDistances2(F, xy1, xy2)[0]).toBeCloseTo(Math.abs(d2), 10)
    expect(symmetricEpipolarErrors(F, xy1, xy2)[0]).toBeCloseTo(Math.sqrt((d1 * d1 + d2 * d2) / 2), 10)
  })

  it('all epipolar lines pass through the epipoles, where residuals are infinite, not NaN', () => {
    const { e1, e2 } = epipoles(F)
    expect(far(mat3Apply(F, e1), [0, 0, 0])).toBeLessThan(1e-15)
    for (const x of [10, 500]) {
      const line = epipolarLine2(F, x, 77)
      expect(Math.abs(line[0] * e2[0] + line[1] * e2[1] + line[2] * e2[2])).toBeLessThan(1e-13)
    }
    // A camera that moves along its axis: both epipoles are at the centre.
    const E = essentialFromPose({ R: mat3Identity(), t: Float64Array.of(0, 0, 1) })
    const zero = new Float64Array(2)
    for (const f of [sampsonErrors, sampsonSquaredErrors, symmetricEpipolarErrors, epipolarDistances2]) {
      expect(f(E, zero, zero)[0]).toBe(Number.POSITIVE_INFINITY)
    }
    expect([...epipolarLine2(E, 0, 0)]).toEqual([0, 0, 0])
  })

  it('clips a line to the image', () => {
    expect([...clipLine([0, 1, -5], 100, 50)!].sort((a, b) => a - b)).toEqual([0, 5, 5, 100])
    expect(clipLine([0, 1, 5], 100, 50)).toBeUndefined()
    expect(clipLine([0, 0, 1], 100, 50)).toBeUndefined()
    fc.assert(
      fc.property(fc.double({ min: -3, max: 3, noNaN: true }), fc.integer({ min: 0, max: 100 }), (slope, y) => {
        const ends = clipLine([slope, -1, y - 50 * slope], 100, 100)!
        for (const k of [0, 2]) {
          expect(Math.abs(slope * (ends[k] - 50) + y - ends[k + 1])).toBeLessThan(1e-9)
          expect(ends[k]).toBeGreaterThanOrEqual(-1e-9)
          expect(ends[k]).toBeLessThanOrEqual(100 + 1e-9)
          expect(ends[k + 1]).toBeGreaterThanOrEqual(-1e-9)
          expect(ends[k + 1]).toBeLessThanOrEqual(100 + 1e-9)
        }
      }),
    )
  })
})

describe('homographies', () => {
  const plane = homographyFromPlane(pose, normal, 5)
  const H = homographyInPixels(plane, K, K)!

  it('of a plane agrees with numpy', () => {
    const expected = [
      1.0419644327771067, 0.012186694027581524, -318.33762163050386, 0.10657841484584367, 1.0100983870334108,
      -81.80649303610895, 0.00025824883759047483, 0.0001005345486405294, 0.9268952684473217,
    ]
    expect(far(H, expected)).toBeLessThan(1e-12)
  })

  it('maps points of the plane to where camera 2 sees them', () => {
    const X = [0.7, -0.4, 0]
    X[2] = (5 - normal[0] * X[0] - normal[1] * X[1]) / normal[2]
    const Y = mat3Apply(R, X).map((v, k) => v + pose.t[k])
    const mapped = applyHomography(plane, [X[0] / X[2], X[1] / X[2]])
    expect(far(mapped, [Y[0] / Y[2], Y[1] / Y[2]])).toBeLessThan(1e-15)
  })

  it('transfer errors: exact for mapped points, infinite on the horizon', () => {
    const xy1 = Float64Array.of(100, 100, 500, 300)
    const xy2 = applyHomography(H, xy1)
    xy2[2] += 3
    xy2[3] += 4
    const errors = transferErrors(H, xy1, xy2)
    expect(errors[0]).toBeLessThan(1e-10)
    expect(errors[1]).toBeCloseTo(5, 10)
    const symmetric = symmetricTransferErrors(H, xy1, xy2)
    expect(symmetric[0]).toBeLessThan(1e-10)
    expect(symmetric[1]).toBeGreaterThan(3)
    expect(symmetric[1]).toBeLessThan(7)
    const horizon = Float64Array.of(0, 0, 1, 0, 1, 0, 1, 0, 0)
    expect(transferErrors(horizon, Float64Array.of(0, 0), Float64Array.of(0, 0))[0]).toBe(Number.POSITIVE_INFINITY)
    expect(symmetricTransferErrors(new Float64Array(9), xy1, xy2)[0]).toBe(Number.POSITIVE_INFINITY)
  })

  it('moves between pixel conventions: OpenCV’s (0, 0) is our (0.5, 0.5)', () => {
    const theirs = shiftHomography(H, -0.5, -0.5)
    const ours = applyHomography(H, [100.5, 200.5])
    expect(
      far(
        applyHomography(theirs, [100, 200]),
        ours.map((v) => v - 0.5),
      ),
    ).toBeLessThan(1e-10)
    expect(far(unit(shiftHomography(theirs, 0.5, 0.5)), unit(H))).toBeLessThan(1e-15)
  })

  it('decompose into the solutions of cv2.decomposeHomographyMat', () => {
    // cv2.decomposeHomographyMat(H, K): the two with the plane in front (normals away from camera 1), t over distance
    const expected = [
      {
        R: [0.9285020091204943, -0.01142338142002149, -0.3711516205220419, -0.002025871266833271, 0.9993559727931042],
        t: [-0.03773509641507861, -0.05574884445865452, 0.2016634048112591],
        n: [-0.8168203756157508, 0.24011040163078984, 0.5245488242362617],
      },
      {
        R: [0.9788428062071255, -0.059519973493763166, -0.19576550638930584, 0.039607320512235075, 0.9937772959432724],
        t: [-0.2, 0.04, 0.06],
        n: [0.09759000729484936, -0.19518001458970222, 0.9759000729485343],
      },
    ]
    const all = decomposeHomography(plane)
    expect(all.length).toBe(4)
    for (const e of expected) {
      const closest = all.map((s) => far(s.motion.R.slice(0, 5), e.R) + far(s.motion.t, e.t) + far(s.normal, e.n))
      expect(Math.min(...closest)).toBeLessThan(1e-12)
    }
    for (const s of all)
      expect(
        far(
          homographyOf(s),
          plane.map((h) => h),
        ),
      ).toBeLessThan(1e-12)
  })

  it('decompose: the true motion is among the solutions in front, of any scale and sign', () => {
    const small = fc.double({ min: -0.4, max: 0.4, noNaN: true })
    const vector = fc.tuple(small, small, small)
    fc.assert(
      fc.property(vector, vector, vector, fc.constantFrom(1, -1, 1e6, -1e-6), (w, t, n, scale) => {
        fc.pre(Math.abs(t[0]) + Math.abs(t[1]) + Math.abs(t[2]) > 0.01)
        const length = Math.sqrt(n[0] * n[0] + n[1] * n[1] + 1)
        const unitNormal = [n[0] / length, n[1] / length, 1 / length]
        const truth = { R: so3Exp(w), t: Float64Array.from(t) }
        const G = homographyFromPlane(truth, unitNormal, 2)
        const found = decomposeHomography(
          G.map((v) => scale * v),
          [0, 0, 0.1, 0.1, -0.2, 0.1],
        )
        expect(found.length).toBeGreaterThanOrEqual(1)
        expect(found.length).toBeLessThanOrEqual(2)
        const errors = found.map(
          (s) =>
            far(s.motion.R, truth.R) +
            far(
              s.motion.t,
              truth.t.map((v) => v / 2),
            ) +
            far(s.normal, unitNormal),
        )
        expect(Math.min(...errors)).toBeLessThan(1e-6)
        for (const s of found)
          expect(far(mat3MultiplyTranspose(s.motion.R, s.motion.R), mat3Identity())).toBeLessThan(1e-14)
      }),
    )
  })

  it('decompose: a pure rotation is one solution without a plane; a singular matrix none', () => {
    const found = decomposeHomography(R.map((r) => 3 * r))
    expect(found.length).toBe(1)
    expect(far(found[0].motion.R, R)).toBeLessThan(1e-14)
    expect([...found[0].motion.t, ...found[0].normal]).toEqual([0, 0, 0, 0, 0, 0])
    expect(decomposeHomography(new Float64Array(9))).toEqual([])
    expect(decomposeHomography(mat3Multiply(R, [1, 0, 0, 0, 1, 0, 0, 0, 0]))).toEqual([])
  })
})
