/** A symmetric positive definite system that is only ever multiplied. */
export interface LinearOperator {
  /** out ← A x. */
  readonly multiply: (x: Float64Array, out: Float64Array) => void
  /** out ← M⁻¹ x, M symmetric positive definite and near A. */
  readonly precondition: (x: Float64Array, out: Float64Array) => void
}

/**
 * Solves A x = b by preconditioned conjugate gradients from x = 0. Golub & Van Loan, algorithm 11.5.1. Every iterate is the best of
 * its subspace, so an early end is still a step downhill.
 *
 * @param limits when to end: √(rᵀM⁻¹r) below `tolerance` times its start, or after so many iterations
 * @param residual written: b − A x
 * @returns false where A shows a direction without curvature, or a value that is not finite, before the first step
 */
export function conjugateGradients(
  { multiply, precondition }: LinearOperator,
  b: Float64Array,
  x: Float64Array,
  limits: { readonly tolerance: number; readonly maxIterations: number },
  residual: Float64Array = new Float64Array(b.length),
): boolean {
  x.fill(0)
  residual.set(b)
  const z = new Float64Array(b.length)
  const product = new Float64Array(b.length)
  precondition(residual, z)
  const direction = z.slice()
  let gamma = dot(residual, z)
  const target = limits.tolerance * limits.tolerance * gamma
  for (let iteration = 0; iteration < limits.maxIterations && gamma > target; iteration++) {
    multiply(direction, product)
    const curvature = dot(direction, product)
    if (!(curvature > 0)) return iteration > 0
    const alpha = gamma / curvature
    for (let i = 0; i < x.length; i++) {
      x[i] += alpha * direction[i]
      residual[i] -= alpha * product[i]
    }
    precondition(residual, z)
    const next = dot(residual, z)
    const beta = next / gamma
    gamma = next
    for (let i = 0; i < x.length; i++) direction[i] = z[i] + beta * direction[i]
  }
  return Number.isFinite(gamma)
}

export function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i]
  return sum
}
