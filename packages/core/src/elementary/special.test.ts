import { expect, test } from 'vitest'
import * as elementary from '../elementary.js'
import { ulpDistance } from './ulp.test-support.js'

const one = [
  'sin',
  'cos',
  'tan',
  'asin',
  'acos',
  'atan',
  'exp',
  'expm1',
  'log',
  'log1p',
  'log2',
  'log10',
  'cbrt',
  'sinh',
  'cosh',
  'tanh',
] as const
const two = ['atan2', 'pow', 'hypot'] as const
const SUBNORMAL = 5e-324
const LARGEST = Number.MAX_VALUE
const arguments1 = [
  0,
  -0,
  1,
  -1,
  0.5,
  -0.5,
  2,
  -2,
  SUBNORMAL,
  -SUBNORMAL,
  2.2250738585072014e-308,
  -2.2250738585072014e-308,
  LARGEST,
  -LARGEST,
  709.782712893384,
  709.7827128933841,
  -745.1332191019411,
  -745.1332191019412,
  710.4758600739439,
  710.475860073944,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  Number.NaN,
]

function expectLike(got: number, wanted: number, call: string): void {
  // Zeros with their sign, infinities and NaN are exact by the language's definition; other values to two units.
  if (wanted === 0 || !Number.isFinite(wanted)) expect(got, call).toBe(wanted)
  else expect(ulpDistance(got, wanted), `${call} = ${got}, not ${wanted}`).toBeLessThanOrEqual(2)
}

test.each(one)('%s at zeros, subnormals, the ends of its range, infinities and NaN', (name) => {
  for (const x of arguments1) expectLike(elementary[name](x), Math[name](x), `${name}(${x})`)
})

test.each(two)('%s at every pair of special values', (name) => {
  const values = [...arguments1, 3, -3, 9007199254740991, -9007199254740994, 1e308, 0.3333]
  for (const x of values) {
    for (const y of values) expectLike(elementary[name](x, y), Math[name](x, y), `${name}(${x}, ${y})`)
  }
})

test('exact results', () => {
  const { cbrt, exp, hypot, log2, pow, sincos } = elementary
  for (let k = -1074; k <= 1023; k++) {
    const power = pow(2, k)
    expect(log2(power)).toBe(k)
    expect(power).toBe(k < 0 ? 1 / 2 ** -k || SUBNORMAL * 2 ** (k + 1074) : 2 ** k)
  }
  for (let n = 1; n < 2000; n++) {
    expect(cbrt(n * n * n)).toBe(n)
    expect(pow(n, 4)).toBe(n * n * n * n)
    expect(hypot(3 * n, 4 * n)).toBe(5 * n)
  }
  expect(pow(3, 33)).toBe(5559060566555523)
  expect(exp(0)).toBe(1)
  expect(hypot(2, 3, 6)).toBe(7)
  expect(hypot(1, 1, 1, 1)).toBe(2)
  expect(hypot(3e-200, 4e-200)).toBe(5e-200)
  expect(hypot(-5)).toBe(5)
  expect(hypot(Number.NaN, 1, 2, Number.NEGATIVE_INFINITY)).toBe(Number.POSITIVE_INFINITY)
  const out = new Float64Array(2)
  expect(sincos(-0, out)).toBe(out)
  expect([...out]).toEqual([-0, 1])
  expect(sincos(Number.POSITIVE_INFINITY)).toEqual([Number.NaN, Number.NaN])
})
