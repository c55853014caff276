import { describe, expect, it } from 'vitest'
import { essentialEightPoint, fundamentalEightPoint } from './epipolar-eight-point.js'
import { essentialFivePoint } from './essential-five-point.js'
import { fundamentalSevenPoint } from './fundamental-seven-point.js'
import { homographyDlt } from './homography-dlt.js'
import { homographyFourPoint } from './homography-four-point.js'
import { p3p } from './p3p.js'

// The numbers of this file are OpenCV 4.6's, for eight points seen by two cameras and rounded to a tenth of a pixel:
// X=np.array([[-1.,-1,5],[1,-0.5,6],[0.5,1,4.5],[-0.75,0.5,7],[0.25,-0.25,5.5],[1.25,1,6.5],[-0.5,-1.25,4],[0,0.75,8]])
// R,_=cv2.Rodrigues(np.array([0.1,-0.2,0.05])); t=np.array([-1.,0.2,0.3]); Y=X@R.T+t
// K=np.array([[800.,0,320],[0,820,240],[0,0,1]]); p1=np.round((X@K.T)[:,:2]/X[:,2:],1); p2=np.round((Y@K.T)[:,:2]/Y[:,2:],1)
// q1=(p1-[320,240])/[800,820]; q2=(p2-[320,240])/[800,820]
const X = [
  -1, -1, 5, 1, -0.5, 6, 0.5, 1, 4.5, -0.75, 0.5, 7, 0.25, -0.25, 5.5, 1.25, 1, 6.5, -0.5, -1.25, 4, 0, 0.75, 8,
]
const p1 = Float64Array.of(
  160,
  76,
  453.3,
  171.7,
  408.9,
  422.2,
  234.3,
  298.6,
  356.4,
  202.7,
  473.8,
  366.2,
  220,
  -16.2,
  320,
  316.9,
)
const p2 = Float64Array.of(
  -155,
  12.5,
  172,
  125.3,
  82.2,
  365.1,
  -37.1,
  232.8,
  64.5,
  151.9,
  193,
  306.5,
  -121.6,
  -64.4,
  64.4,
  251.3,
)
const normalise = (p: Float64Array) => p.map((v, k) => (k % 2 === 0 ? (v - 320) / 800 : (v - 240) / 820))
const q1 = normalise(p1)
const q2 = normalise(p2)
const all = (n: number) => Int32Array.from({ length: n }, (_, i) => i)

/** Distance of each expected model from the nearest found one, both of norm 1 up to sign; the two sets have one size. */
function expectModels(models: Float64Array, count: number, expected: number[][], tolerance: number): void {
  expect(count).toBe(expected.length)
  const stride = expected[0].length
  const norm = (m: ArrayLike<number>) => Math.sqrt(Array.from(m).reduce((s, v) => s + v * v, 0))
  for (const e of expected) {
    let best = Number.POSITIVE_INFINITY
    for (let k = 0; k < count; k++) {
      const m = models.subarray(stride * k, stride * (k + 1))
      for (const sign of stride === 9 ? [1, -1] : [1]) {
        const [a, b] = stride === 9 ? [norm(m), norm(e)] : [1, 1]
        best = Math.min(best, Math.max(...e.map((v, i) => Math.abs(m[i] / a - (sign * v) / b))))
      }
    }
    expect(best).toBeLessThan(tolerance)
  }
}

// OpenCV takes the pixels of fundamental matrices as f32, which costs it half the digits.
const F32 = 5e-8

describe('solvers give OpenCV’s solutions', () => {
  const models = new Float64Array(120)

  it('seven-point: cv2.findFundamentalMat(p1[:7], p2[:7], cv2.FM_7POINT), over its norm', () => {
    const expected = [
      [
        2.1964398368069923e-7, -2.0867555622915682e-6, 0.0018324747783620818, 3.7055660632076255e-6,
        5.662517003055299e-7, 0.004197386044588216, -0.002418289561924496, -0.005375834522484613, 0.9999721377353004,
      ],
      [
        -2.894227590694952e-6, -6.158821778151358e-6, 0.004580494141044392, 8.049329277269488e-6, 2.2238354913991345e-6,
        -0.005736718579625985, -0.003333924751816019, 0.002008012986880147, 0.9999654803276515,
      ],
      [
        -1.6177090014836585e-6, -4.489541715310835e-6, 0.003453994735904009, 6.268700184303593e-6,
        1.5443293225512468e-6, -0.001664205719669154, -0.0029586124750651923, -0.001019059216114139, 0.9999877541279037,
      ],
    ]
    expectModels(models, fundamentalSevenPoint(p1, p2, all(7), models), expected, F32)
  })

  it('eight-point: cv2.findFundamentalMat(p1, p2, cv2.FM_8POINT), over its norm', () => {
    const expected = [
      [
        2.2084235301037589e-7, -2.057938132949682e-6, 0.0018210278493822527, 3.6848263670169003e-6,
        5.553471277340819e-7, 0.004253110683528494, -0.0024130758800045386, -0.005417989876632261, 0.9999717082694938,
      ],
    ]
    expectModels(models, fundamentalEightPoint(p1, p2, all(8), models), expected, F32)
  })

  it('five-point: cv2.findEssentialMat(q1[:5], q2[:5], np.eye(3), cv2.RANSAC, 0.999, 1e-9), over their norms', () => {
    const expected = [
      [
        -0.01893178401435979, 0.18727887095716161, -0.15100499378962046, -0.33074870455514116, -0.050579333647365166,
        -0.6084803252369402, 0.15686172892037428, 0.6525747415408539, -0.09542026956088441,
      ],
      [
        -0.07209594299349051, -0.6510286961883914, -0.1222159288326428, 0.4630563158495364, -0.012294677016459251,
        -0.5108114286737513, 0.13825605220088294, 0.23495742803823352, -0.07878275907442141,
      ],
      [
        0.272084558114417, -0.11885216751580488, -0.4087288258867219, -0.09408120359705464, -0.4513241264818605,
        -0.384137570954279, 0.5000274749247825, 0.3239281916267694, -0.17239936182584253,
      ],
      [
        0.4019282687513386, -0.012571520129770251, -0.32339993895630315, -0.0622560980150041, -0.49945050608299457,
        0.3940214221906096, 0.41963644601276034, -0.3756560644974536, -0.08897396594273461,
      ],
    ]
    expectModels(models, essentialFivePoint(q1, q2, all(5), models), expected, 1e-9)
  })

  it('P3P: cv2.solveP3P(X[:3], q2[:3], np.eye(3), None, cv2.SOLVEPNP_AP3P)', () => {
    const expected = [
      [
        0.5659286556105334, 0.3508391087772092, 0.7460808779959902, 0.5888457605158439, 0.46137774608323895,
        -0.6636198051156001, -0.5770488948792565, 0.8148880261554734, 0.05451676574288876, -5.610344235306344,
        3.061516922503214, 4.675499697869792,
      ],
      [
        0.9788000520534804, -0.059742441229670616, -0.19591145657164435, 0.03980237964549218, 0.9937611087189737,
        -0.10418555260779838, 0.2009134855470385, 0.09417908214436774, 0.9750713162696277, -0.9996915534465052,
        0.20021198727664458, 0.30109421308607054,
      ],
    ]
    expectModels(models, p3p(q2, Float64Array.from(X), all(3), models), expected, 1e-9)
  })

  it('homography: cv2.getPerspectiveTransform(p1[:4], p2[:4]), f32 input, over its norm', () => {
    const expected = [
      [
        0.0024519905963431535, 0.0007877076347352339, -0.9870245190589969, -0.0012003997865375664, 0.00520524895406076,
        -0.16040267696871885, -9.610942338623904e-6, 9.177239429070627e-6, 0.004290862793081518,
      ],
    ]
    expectModels(models, homographyFourPoint(p1, p2, all(4), models), expected, 1e-7)
    expectModels(models, homographyDlt(p1, p2, all(4), models), expected, 1e-7)
  })

  it('essential eight-point: near the five-point solution that all pairs agree with', () => {
    expect(essentialEightPoint(q1, q2, all(8), models)).toBe(1)
    const near = [-0.0189, 0.1873, -0.151, -0.3307, -0.0506, -0.6085, 0.1569, 0.6526, -0.0954]
    expectModels(models, 1, [near], 0.01)
  })
})
