/** The three matrices of a short convolution by few products, rows first. */
export interface CookToom {
  /** [products, taps]: of the kernel. */
  readonly kernel: readonly (readonly number[])[]
  /** [products, products]: of the outputs + taps − 1 numbers that the kernel meets. */
  readonly image: readonly (readonly number[])[]
  /** [outputs, products]: of the products. */
  readonly output: readonly (readonly number[])[]
}

/**
 * Correlation y[i] = Σ_k g[k] · d[i + k] with `outputs` results and `taps` numbers in the kernel, in outputs + taps − 1 products instead
 * of outputs · taps: y = output · ((kernel · g) ∘ (image · d)). Polynomials are multiplied by their values at the given points and at
 * infinity and found again by Lagrange's interpolation; the transposed of that map is the correlation (Toom 1963, Cook 1966; Winograd,
 * Arithmetic Complexity of Computations, 1980).
 * @param points outputs + taps − 2 different numbers
 */
export function cookToom(points: readonly number[], outputs: number, taps: number): CookToom {
  const powers = (p: number, n: number) => Array.from({ length: n }, (_, k) => p ** k)
  const last = (n: number) => Array.from({ length: n }, (_, k) => (k === n - 1 ? 1 : 0))
  const others = (i: number) => points.filter((_, j) => j !== i)
  // One division for each point, in the kernel's matrix: of kernels there are fewest.
  const kernel = points.map((p, i) => {
    const scale = others(i).reduce((product, q) => product * (p - q), 1)
    return powers(p, taps).map((x) => x / scale)
  })
  const image = points.map((_, i) => [...withRoots(others(i)), 0])
  const values = [...points.map((p) => powers(p, outputs)), last(outputs)]
  return {
    kernel: [...kernel, last(taps)],
    image: [...image, withRoots(points)],
    output: Array.from({ length: outputs }, (_, i) => values.map((row) => row[i])),
  }
}

/** Coefficients of Π (x − root), the constant first. */
function withRoots(roots: readonly number[]): number[] {
  return roots.reduce(
    (c, root) => Array.from({ length: c.length + 1 }, (_, i) => (c[i - 1] ?? 0) - root * (c[i] ?? 0)),
    [1],
  )
}

/** The Kronecker product of a matrix with itself: the same along rows and columns of an image at once. */
export const inTwoDirections = (matrix: readonly (readonly number[])[]): number[][] =>
  matrix.flatMap((a) => matrix.map((b) => a.flatMap((x) => b.map((y) => x * y))))
