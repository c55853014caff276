import fc from 'fast-check'
import { expect, test } from 'vitest'
import * as elementary from '../elementary.js'
import { randomStream } from '../random.js'
import { ulpDistance } from './ulp.test-support.js'

const {
  acos,
  asin,
  atan,
  atan2,
  cbrt,
  cos,
  cosh,
  exp,
  expm1,
  hypot,
  log,
  log1p,
  log2,
  pow,
  sin,
  sincos,
  sinh,
  tan,
  tanh,
} = elementary
const finite = fc.double({ noNaN: true, noDefaultInfinity: true })
const between = (min: number, max: number) => fc.double({ min, max, noNaN: true })
const close = (a: number, b: number, tolerance: number): void => {
  expect(Math.abs(a - b), `${a} and ${b}`).toBeLessThanOrEqual(tolerance)
}
const check = (property: fc.IRawProperty<unknown>) => fc.assert(property, { numRuns: 500 })

test('sine, cosine and tangent of any finite angle', () => {
  check(
    fc.property(finite, (x) => {
      const [s, c] = [sin(x), cos(x)]
      close(s * s + c * c, 1, 4e-16)
      expect(sin(-x)).toBe(-s)
      expect(cos(-x)).toBe(c)
      expect(tan(-x)).toBe(-tan(x))
      expect(ulpDistance(tan(x), s / c)).toBeLessThanOrEqual(3)
      const out = new Float64Array(2)
      sincos(x, out)
      expect([...out]).toEqual([s, c])
    }),
  )
})

test('addition theorems', () => {
  check(
    fc.property(between(-100, 100), between(-100, 100), (a, b) => {
      // The sum itself rounds: by at most 2⁻⁴⁶ here.
      close(sin(a) * cos(b) + cos(a) * sin(b), sin(a + b), 2e-14)
      close(cos(a) * cos(b) - sin(a) * sin(b), cos(a + b), 2e-14)
    }),
  )
})

test('the inverse functions go back', () => {
  check(
    fc.property(between(-1, 1), (x) => {
      close(sin(asin(x)), x, 2.3e-16)
      close(cos(acos(x)), x, 3.4e-16)
      close(asin(x) + acos(x), Math.PI / 2, 4.5e-16)
    }),
  )
  check(fc.property(between(-1.57, 1.57), (x) => close(atan(tan(x)), x, 4.5e-16)))
  check(fc.property(between(-700, 700), (x) => close(log(exp(x)), x, 4e-16 * Math.max(1, Math.abs(x)))))
  check(fc.property(between(-0.9, 30), (x) => close(expm1(log1p(x)), x, 1e-14 * Math.abs(x))))
  check(
    fc.property(between(1e-300, 1e300), (x) => {
      const root = cbrt(x)
      close((root * root * root) / x, 1, 9e-16)
    }),
  )
})

test('atan2 is the angle of a rotated point', () => {
  check(
    fc.property(between(-3.1415, 3.1415), between(-300, 300), (angle, decade) => {
      const r = pow(10, decade)
      close(atan2(r * sin(angle), r * cos(angle)), angle, 1e-15)
    }),
  )
})

test('powers', () => {
  check(
    fc.property(between(1e-3, 1e3), between(-30, 30), between(-30, 30), (x, a, b) => {
      // a + b rounds too, by at most 2⁻⁴⁸, times ln 1000.
      close((pow(x, a) * pow(x, b)) / pow(x, a + b), 1, 5e-14)
      expect(ulpDistance(pow(x, 3), x * x * x)).toBeLessThanOrEqual(2)
      close(log2(pow(x, a)), a * log2(x), 2e-13)
      expect(pow(-x, 3)).toBe(-pow(x, 3))
      expect(pow(-x, 2.5)).toBeNaN()
    }),
  )
})

test('hyperbolic functions', () => {
  check(
    fc.property(between(-15, 15), (x) => {
      expect(ulpDistance(tanh(x), sinh(x) / cosh(x))).toBeLessThanOrEqual(5)
      expect(sinh(-x)).toBe(-sinh(x))
      expect(cosh(-x)).toBe(cosh(x))
      close((cosh(x) + Math.abs(sinh(x))) / exp(Math.abs(x)), 1, 2e-15)
    }),
  )
})

test('hypot scales exactly with powers of two', () => {
  check(
    fc.property(between(1, 2), between(1, 2), between(1, 2), fc.integer({ min: -1000, max: 1000 }), (x, y, z, k) => {
      const power = 2 ** k
      expect(hypot(x * power, -y * power, z * power)).toBe(hypot(x, y, z) * power)
    }),
  )
})

test('increasing functions do not decrease over five units in the last place', () => {
  check(
    fc.property(between(0.01, 100), (x) => {
      const next = x * 1.000000000000001
      for (const f of [log, exp, atan, cbrt, sinh]) expect(f(next)).toBeGreaterThanOrEqual(f(x))
    }),
  )
})

test('within two units of this engine for 4000 random arguments of every function', () => {
  const random = randomStream(1, 'elementary')
  const any = () => (random.int(2) === 0 ? 1 : -1) * 2 ** random.uniform(-40, 40)
  const ranges: Record<string, () => number> = {
    asin: () => random.uniform(-1, 1),
    acos: () => random.uniform(-1, 1),
    log: () => 2 ** random.uniform(-1000, 1000),
    log2: () => 2 ** random.uniform(-1000, 1000),
    log1p: () => random.uniform(-1, 5),
    exp: () => random.uniform(-700, 700),
    expm1: () => random.uniform(-40, 700),
    sin: any,
    cos: any,
    tan: any,
    atan: any,
    cbrt: any,
  }
  for (const [name, draw] of Object.entries(ranges)) {
    const ours = elementary[name as 'sin']
    const engine = Math[name as 'sin']
    for (let i = 0; i < 4000; i++) {
      const x = draw()
      const distance = ulpDistance(ours(x), engine(x))
      if (distance > 2) expect.fail(`${name}(${x}): ours ${ours(x)}, the engine's ${engine(x)}`)
    }
  }
  for (let i = 0; i < 4000; i++) {
    const [x, y] = [any(), any()]
    expect(ulpDistance(atan2(x, y), Math.atan2(x, y))).toBeLessThanOrEqual(2)
    expect(ulpDistance(hypot(x, y), Math.hypot(x, y))).toBeLessThanOrEqual(3)
    const [base, power] = [random.uniform(0, 10), random.uniform(-100, 100)]
    expect(ulpDistance(pow(base, power), base ** power)).toBeLessThanOrEqual(2)
  }
})
