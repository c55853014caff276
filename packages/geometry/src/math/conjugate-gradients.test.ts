import { randomStream } from '@epipole/core'
import { describe, expect, it } from 'vitest'
import { choleskyFactor, choleskySolve } from './cholesky.js'
import { conjugateGradients, type LinearOperator } from './conjugate-gradients.js'

function dense(
  A: Float64Array,
  n: number,
  precondition?: (x: Float64Array, out: Float64Array) => void,
): LinearOperator {
  return {
    multiply: (x, out) => {
      for (let r = 0; r < n; r++) out[r] = x.reduce((s, v, c) => s + A[r * n + c] * v, 0)
    },
    precondition: precondition ?? ((x, out) => out.set(x)),
  }
}

function positive(n: number, seed: number): Float64Array {
  const random = randomStream(seed)
  const B = Float64Array.from({ length: n * n }, () => random.normal())
  return Float64Array.from({ length: n * n }, (_, k) => {
    const [r, c] = [Math.floor(k / n), k % n]
    let s = r === c ? 0.1 : 0
    for (let i = 0; i < n; i++) s += B[i * n + r] * B[i * n + c]
    return s
  })
}

describe('conjugateGradients', () => {
  it.each([1, 3, 8])('solves %d equations as Cholesky does', (n) => {
    const A = positive(n, n)
    const b = Float64Array.from({ length: n }, (_, i) => i - 1.5)
    const L = A.slice()
    choleskyFactor(L, n)
    const expected = choleskySolve(L, n, b)
    for (const jacobi of [false, true]) {
      const x = new Float64Array(n)
      const residual = new Float64Array(n)
      const precondition = (v: Float64Array, out: Float64Array) => out.set(v.map((e, i) => e / A[i * (n + 1)]))
      const limits = { tolerance: 1e-13, maxIterations: 5 * n }
      expect(conjugateGradients(dense(A, n, jacobi ? precondition : undefined), b, x, limits, residual)).toBe(true)
      for (const [i, v] of x.entries()) expect(Math.abs(v / expected[i] - 1)).toBeLessThan(1e-8)
      expect(Math.max(...residual.map(Math.abs))).toBeLessThan(1e-10)
    }
  })

  it('is done at once for b = 0 and by a perfect preconditioner', () => {
    const A = positive(4, 2)
    const L = A.slice()
    choleskyFactor(L, 4)
    const x = new Float64Array(4).fill(7)
    expect(conjugateGradients(dense(A, 4), new Float64Array(4), x, { tolerance: 1e-10, maxIterations: 9 })).toBe(true)
    expect([...x]).toEqual([0, 0, 0, 0])
    const exact = dense(A, 4, (v, out) => choleskySolve(L, 4, v, out))
    const b = Float64Array.of(1, 2, 3, 4)
    conjugateGradients(exact, b, x, { tolerance: 1e-10, maxIterations: 1 })
    const expected = choleskySolve(L, 4, b)
    for (const [i, v] of x.entries()) expect(v).toBeCloseTo(expected[i], 9)
  })

  it('says that a matrix is not positive definite', () => {
    const x = new Float64Array(2)
    const limits = { tolerance: 1e-10, maxIterations: 9 }
    expect(conjugateGradients(dense(Float64Array.of(-1, 0, 0, 1), 2), Float64Array.of(1, 0), x, limits)).toBe(false)
    expect(conjugateGradients(dense(Float64Array.of(1, 0, 0, 1), 2), Float64Array.of(Number.NaN, 0), x, limits)).toBe(
      false,
    )
  })
})
