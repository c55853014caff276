import { atan, exp, randomStream } from '@epipole/core'
import { describe, expect, it } from 'vitest'
import { mat3Apply } from '../math/mat3.js'
import { rotationAngleRad, so3Exp } from '../math/so3.js'
import { type LeastSquaresProblem, solveLeastSquares } from './least-squares.js'
import { euclidean, product, rotations, subset, unitVectors } from './manifold.js'
import { checkJacobian } from './numeric-jacobian.js'

// NIST StRD nonlinear regression, https://www.itl.nist.gov/div898/strd/nls/nls_main.shtml: data, both starts, certified
// parameters, standard deviations and residual sums of squares.
interface Dataset {
  readonly name: string
  readonly model: (x: number, b: Float64Array) => number
  readonly x: readonly number[]
  readonly y: readonly number[]
  readonly starts: readonly (readonly number[])[]
  readonly certified: readonly number[]
  readonly deviations: readonly number[]
  readonly rss: number
}

const NIST: readonly Dataset[] = [
  {
    name: 'Misra1a',
    model: (x, b) => b[0] * (1 - exp(-b[1] * x)),
    x: [77.6, 114.9, 141.1, 190.8, 239.9, 289, 332.8, 378.4, 434.8, 477.3, 536.8, 593.1, 689.1, 760],
    y: [10.07, 14.73, 17.94, 23.93, 29.61, 35.18, 40.02, 44.82, 50.76, 55.05, 61.01, 66.4, 75.47, 81.78],
    starts: [
      [500, 0.0001],
      [250, 0.0005],
    ],
    certified: [2.3894212918e2, 5.5015643181e-4],
    deviations: [2.7070075241, 7.2668688436e-6],
    rss: 1.2455138894e-1,
  },
  {
    name: 'Thurber',
    model: (x, b) => (b[0] + x * (b[1] + x * (b[2] + x * b[3]))) / (1 + x * (b[4] + x * (b[5] + x * b[6]))),
    x: [
      -3.067, -2.981, -2.921, -2.912, -2.84, -2.797, -2.702, -2.699, -2.633, -2.481, -2.363, -2.322, -1.501, -1.46,
      -1.274, -1.212, -1.1, -1.046, -0.915, -0.714, -0.566, -0.545, -0.4, -0.309, -0.109, -0.103, 0.01, 0.119, 0.377,
      0.79, 0.963, 1.006, 1.115, 1.572, 1.841, 2.047, 2.2,
    ],
    y: [
      80.574, 84.248, 87.264, 87.195, 89.076, 89.608, 89.868, 90.101, 92.405, 95.854, 100.696, 101.06, 401.672, 390.724,
      567.534, 635.316, 733.054, 759.087, 894.206, 990.785, 1090.109, 1080.914, 1122.643, 1178.351, 1260.531, 1273.514,
      1288.339, 1327.543, 1353.863, 1414.509, 1425.208, 1421.384, 1442.962, 1464.35, 1468.705, 1447.894, 1457.628,
    ],
    starts: [
      [1000, 1000, 400, 40, 0.7, 0.3, 0.03],
      [1300, 1500, 500, 75, 1, 0.4, 0.05],
    ],
    certified: [
      1.28813968e3, 1.4910792535e3, 5.8323836877e2, 7.5416644291e1, 9.6629502864e-1, 3.9797285797e-1, 4.9727297349e-2,
    ],
    deviations: [
      4.6647963344, 3.9571156086e1, 2.8698696102e1, 5.567537027, 3.1333340687e-2, 1.4984928198e-2, 6.5842344623e-3,
    ],
    rss: 5.6427082397e3,
  },
  {
    name: 'MGH09',
    model: (x, b) => (b[0] * (x * x + x * b[1])) / (x * x + x * b[2] + b[3]),
    x: [4, 2, 1, 0.5, 0.25, 0.167, 0.125, 0.1, 0.0833, 0.0714, 0.0625],
    y: [0.1957, 0.1947, 0.1735, 0.16, 0.0844, 0.0627, 0.0456, 0.0342, 0.0323, 0.0235, 0.0246],
    starts: [
      [25, 39, 41.5, 39],
      [0.25, 0.39, 0.415, 0.39],
    ],
    certified: [1.9280693458e-1, 1.9128232873e-1, 1.2305650693e-1, 1.3606233068e-1],
    deviations: [1.1435312227e-2, 1.9633220911e-1, 8.0842031232e-2, 9.0025542308e-2],
    rss: 3.0750560385e-4,
  },
  {
    name: 'MGH10',
    model: (x, b) => b[0] * exp(b[1] / (x + b[2])),
    x: [50, 55, 60, 65, 70, 75, 80, 85, 90, 95, 100, 105, 110, 115, 120, 125],
    y: [34780, 28610, 23650, 19630, 16370, 13720, 11540, 9744, 8261, 7030, 6005, 5147, 4427, 3820, 3307, 2872],
    starts: [
      [2, 400000, 25000],
      [0.02, 4000, 250],
    ],
    certified: [5.609636471e-3, 6.1813463463e3, 3.4522363462e2],
    deviations: [1.5687892471e-4, 2.3309021107e1, 7.8486103508e-1],
    rss: 8.7945855171e1,
  },
  {
    name: 'Eckerle4',
    model: (x, b) => (b[0] / b[1]) * exp(-0.5 * ((x - b[2]) / b[1]) * ((x - b[2]) / b[1])),
    x: [
      400, 405, 410, 415, 420, 425, 430, 435, 436.5, 438, 439.5, 441, 442.5, 444, 445.5, 447, 448.5, 450, 451.5, 453,
      454.5, 456, 457.5, 459, 460.5, 462, 463.5, 465, 470, 475, 480, 485, 490, 495, 500,
    ],
    y: [
      0.0001575, 0.0001699, 0.000235, 0.0003102, 0.0004917, 0.000871, 0.0017418, 0.00464, 0.0065895, 0.0097302,
      0.0149002, 0.023731, 0.0401683, 0.0712559, 0.1264458, 0.2073413, 0.2902366, 0.3445623, 0.3698049, 0.3668534,
      0.3106727, 0.2078154, 0.1164354, 0.0616764, 0.03372, 0.0194023, 0.0117831, 0.0074357, 0.0022732, 0.00088,
      0.0004579, 0.0002345, 0.0001586, 0.0001143, 0.000071,
    ],
    starts: [
      [1, 10, 500],
      [1.5, 5, 450],
    ],
    certified: [1.5543827178, 4.0888321754, 4.5154121844e2],
    deviations: [1.5408051163e-2, 4.6803020753e-2, 4.6800518816e-2],
    rss: 1.4635887487e-3,
  },
  {
    name: 'Roszman1',
    model: (x, b) => b[0] - b[1] * x - atan(b[2] / (x - b[3])) / Math.PI,
    x: [
      -4868.68, -4868.09, -4867.41, -3375.19, -3373.14, -3372.03, -2473.74, -2472.35, -2469.45, -1894.65, -1893.4,
      -1497.24, -1495.85, -1493.41, -1208.68, -1206.18, -1206.04, -997.92, -996.61, -996.31, -834.94, -834.66, -710.03,
      -530.16, -464.17,
    ],
    y: [
      0.252429, 0.252141, 0.251809, 0.297989, 0.296257, 0.295319, 0.339603, 0.337731, 0.33382, 0.38951, 0.386998,
      0.438864, 0.434887, 0.427893, 0.471568, 0.461699, 0.461144, 0.513532, 0.506641, 0.505062, 0.535648, 0.533726,
      0.568064, 0.612886, 0.624169,
    ],
    starts: [
      [0.1, -0.00001, 1000, -100],
      [0.2, -0.000005, 1200, -150],
    ],
    certified: [2.0196866396e-1, -6.1953516256e-6, 1.2044556708e3, -1.8134269537e2],
    deviations: [1.9172666023e-2, 3.2058931691e-6, 7.4050983057e1, 4.9573513849e1],
    rss: 4.9484847331e-4,
  },
]

function regression({ model, x, y, certified }: Dataset): LeastSquaresProblem {
  return {
    residualCount: x.length,
    parameterCount: certified.length,
    residuals: (b, out) => {
      for (let i = 0; i < x.length; i++) out[i] = y[i] - model(x[i], b)
    },
  }
}

describe('NIST StRD', () => {
  const cases = NIST.flatMap((d) => d.starts.map((start, i) => [`${d.name}, start ${i + 1}`, d, start] as const))
  it.each(cases)('%s: certified values to six digits', (_, dataset, start) => {
    const b = Float64Array.from(start)
    const report = solveLeastSquares(regression(dataset), b, { maxIterations: 2000, covariance: true })
    expect(Math.abs((2 * report.finalCost) / dataset.rss - 1)).toBeLessThan(1e-8)
    const n = b.length
    for (let i = 0; i < n; i++) {
      expect(Math.abs(b[i] / dataset.certified[i] - 1)).toBeLessThan(1e-6)
      const deviation = Math.sqrt(report.covariance![i * (n + 1)])
      expect(Math.abs(deviation / dataset.deviations[i] - 1)).toBeLessThan(1e-5)
    }
  })

  it.each(NIST)('$name: Gauss–Newton from near the minimum', (dataset) => {
    const b = Float64Array.from(dataset.certified, (v) => 1.001 * v)
    solveLeastSquares(regression(dataset), b, { method: 'gauss-newton' })
    for (let i = 0; i < b.length; i++) expect(Math.abs(b[i] / dataset.certified[i] - 1)).toBeLessThan(1e-6)
  })
})

/** Rosenbrock's valley: minimum (1, 1). */
const rosenbrock: LeastSquaresProblem = {
  residualCount: 2,
  parameterCount: 2,
  residuals: (x, out) => {
    out[0] = 10 * (x[1] - x[0] * x[0])
    out[1] = 1 - x[0]
  },
  jacobian: (x, out) => out.set([-20 * x[0], 10, -1, 0]),
}

describe('solveLeastSquares', () => {
  it.each(['levenberg-marquardt', 'gauss-newton', 'gradient-descent'] as const)(
    '%s follows Rosenbrock’s valley',
    (method) => {
      const x = Float64Array.of(-1.2, 1)
      const report = solveLeastSquares(rosenbrock, x, { method, maxIterations: 100_000 })
      expect(Math.abs(x[0] - 1)).toBeLessThan(1e-4)
      expect(Math.abs(x[1] - 1)).toBeLessThan(2e-4)
      expect(report.finalCost).toBeLessThan(report.initialCost)
    },
  )

  it('averages points in spite of outliers by each robust loss', () => {
    const random = randomStream(1)
    const data = Array.from({ length: 100 }, (_, i) => (i < 80 ? 3 + 0.1 * random.normal() : 50 + random.normal()))
    const run = (type: 'trivial' | 'huber' | 'soft-l1' | 'cauchy' | 'geman-mcclure' | 'tukey') => {
      const x = Float64Array.of(5)
      const residuals = (p: Float64Array, out: Float64Array) => {
        for (let i = 0; i < 100; i++) out[i] = p[0] - data[i]
      }
      const scale = type === 'tukey' ? 5 : 0.3
      solveLeastSquares({ residualCount: 100, parameterCount: 1, residuals, loss: { type, scale } }, x)
      return Math.abs(x[0] - 3)
    }
    expect(run('trivial')).toBeGreaterThan(9)
    expect(run('huber')).toBeLessThan(0.15)
    expect(run('soft-l1')).toBeLessThan(0.15)
    for (const type of ['cauchy', 'geman-mcclure', 'tukey'] as const) expect(run(type)).toBeLessThan(0.05)
  })

  it('finds a pose on its manifold', () => {
    const random = randomStream(2)
    const truth = so3Exp([0.4, -1.1, 2])
    const points = Array.from({ length: 20 }, () => [random.normal(), random.normal(), random.normal()])
    const seen = points.map((p) => [...mat3Apply(truth, p)].map((v, k) => v + [1, 2, 3][k]))
    const problem: LeastSquaresProblem = {
      residualCount: 60,
      parameterCount: 12,
      manifold: product(rotations, euclidean(3)),
      residuals: (x, out) => {
        for (const [i, p] of points.entries()) {
          const q = mat3Apply(x, p)
          for (let k = 0; k < 3; k++) out[3 * i + k] = q[k] + x[9 + k] - seen[i][k]
        }
      },
      jacobian: (_x, out) => {
        out.fill(0)
        for (const [i, p] of points.entries()) {
          for (let k = 0; k < 3; k++) {
            out.set(p, (3 * i + k) * 12 + 3 * k)
            out[(3 * i + k) * 12 + 9 + k] = 1
          }
        }
      },
    }
    const x = new Float64Array(12)
    x.set([1, 0, 0, 0, 1, 0, 0, 0, 1])
    expect(checkJacobian(problem, Float64Array.of(...so3Exp([1, 2, 0.5]), 1, 2, 3)).ok).toBe(true)
    solveLeastSquares(problem, x)
    expect(rotationAngleRad(x, truth)).toBeLessThan(1e-8)
    expect(x[11]).toBeCloseTo(3, 10)
  })

  it('keeps unit vectors on the sphere and constant coordinates constant', () => {
    const sphere: LeastSquaresProblem = {
      residualCount: 3,
      parameterCount: 3,
      manifold: unitVectors(3),
      residuals: (x, out) => out.set([x[0] - 1, x[1] - 2, x[2] + 2]),
    }
    const x = Float64Array.of(0, 0, 1)
    solveLeastSquares(sphere, x)
    expect([...x].map((v, i) => Math.abs(v - [1 / 3, 2 / 3, -2 / 3][i])).every((e) => e < 1e-6)).toBe(true)
    const y = Float64Array.of(0.5, 0)
    solveLeastSquares({ ...rosenbrock, manifold: subset(2, [1]) }, y)
    expect(y[0]).toBe(0.5)
    expect(y[1]).toBeCloseTo(0.25, 12)
  })

  it('takes shorter steps where residuals are not finite', () => {
    const x = Float64Array.of(4)
    const residuals = (p: Float64Array, out: Float64Array) => {
      out[0] = p[0] > 0 ? Math.sqrt(p[0]) - 0.1 : Number.NaN
    }
    solveLeastSquares({ residualCount: 1, parameterCount: 1, residuals }, x)
    expect(x[0]).toBeCloseTo(0.01, 8)
  })

  it('reports rank deficiency: no covariance, Gauss–Newton singular', () => {
    const problem: LeastSquaresProblem = {
      residualCount: 3,
      parameterCount: 2,
      residuals: (x, out) => out.set([x[0] + x[1] - 1, 2 * (x[0] + x[1]) - 2, x[0] + x[1]]),
      jacobian: (_x, out) => out.set([1, 1, 2, 2, 1, 1]),
    }
    expect(solveLeastSquares(problem, new Float64Array(2), { method: 'gauss-newton' }).stoppedBy).toBe('singular')
    const report = solveLeastSquares(problem, new Float64Array(2), { covariance: true })
    expect(report.covariance).toBeUndefined()
    expect(2 * report.finalCost).toBeCloseTo(5 / 6, 10)
  })

  it('refuses sizes that do not fit and a start without a cost', () => {
    expect(() => solveLeastSquares(rosenbrock, new Float64Array(3))).toThrow('3 parameters')
    expect(() => solveLeastSquares(rosenbrock, Float64Array.of(Number.NaN, 0))).toThrow('not finite')
    expect(() => subset(2, [2])).toThrow('0 … 1')
    expect(() => solveLeastSquares({ ...rosenbrock, loss: { type: 'huber', scale: 0 } }, new Float64Array(2))).toThrow(
      'scale',
    )
  })
})

describe('checkJacobian', () => {
  it('accepts a right Jacobian and finds the wrong entry of a wrong one', () => {
    expect(checkJacobian(rosenbrock, Float64Array.of(-1.2, 1)).relativeError).toBeLessThan(1e-9)
    const wrong = { ...rosenbrock, jacobian: (x: Float64Array, out: Float64Array) => out.set([-20 * x[0], 10, 1, 0]) }
    expect(checkJacobian(wrong, Float64Array.of(-1.2, 1))).toMatchObject({ ok: false, row: 1, column: 0, analytic: 1 })
  })
})
