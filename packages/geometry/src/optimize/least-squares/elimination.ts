import { choleskyFactor } from '../../math/cholesky.js'
import { type Block, dampingOf, type Linearization, type Term } from './linearization.js'

/**
 * Elimination of blocks that no two terms couple directly. With U of the kept blocks, V of the eliminated ones (block diagonal) and
 * E between them, (U + D) x + E y = −g, Eᵀ x + (V + D) y = −h. With V + D = L Lᵀ and W = E L⁻ᵀ it follows that
 * (U + D − W Wᵀ) x = −g + W L⁻¹h and y = −L⁻ᵀ (L⁻¹h + Wᵀ x). Triggs et al., "Bundle adjustment: a modern synthesis", 1999,
 * section 6.1.
 */
export interface Elimination {
  /** Unknowns that remain. */
  readonly n: number
  readonly kept: readonly Kept[]
  readonly eliminated: readonly Eliminated[]
  /** The kept blocks of each term. */
  readonly terms: readonly KeptTerm[]
  /** Right-hand side of the reduced equations. */
  readonly rhs: Float64Array
  /** Room for Jᵀr. */
  readonly gradient: Float64Array
}

/** A block that stays, from `row` on in the reduced equations. */
export interface Kept {
  readonly block: Block
  readonly row: number
  readonly dimension: number
}

export interface KeptTerm {
  readonly term: Term
  readonly parts: readonly { readonly J: Float64Array; readonly kept: Kept }[]
}

export interface Eliminated {
  readonly block: Block
  readonly couplings: readonly Coupling[]
  readonly terms: readonly {
    readonly rows: number
    readonly J: Float64Array
    readonly others: readonly { readonly J: Float64Array; readonly coupling: Coupling }[]
  }[]
  /** L of V + D. */
  readonly L: Float64Array
  /** L⁻¹h. */
  readonly y: Float64Array
}

export interface Coupling {
  readonly kept: Kept
  /** E, then W = E L⁻ᵀ: degrees of freedom of the kept block × those of the eliminated one. */
  readonly W: Float64Array
}

export function elimination(lin: Linearization, eliminate: readonly number[]): Elimination {
  const first = new Set(eliminate.map((b) => lin.blocks[b]))
  const keptOf = new Map<Block, Kept>()
  let n = 0
  for (const block of lin.blocks) {
    if (first.has(block) || block.dimension === 0) continue
    keptOf.set(block, { block, row: n, dimension: block.dimension })
    n += block.dimension
  }
  const eliminated = new Map(
    [...first].filter((block) => block.dimension > 0).map((block) => [block, growing(block)] as const),
  )
  for (const term of lin.terms) {
    const own = term.blocks.findIndex((block) => eliminated.has(block))
    if (own >= 0) addTerm(eliminated.get(term.blocks[own])!, term, own, keptOf)
  }
  return {
    n,
    kept: [...keptOf.values()],
    eliminated: [...eliminated.values()].map(({ couplings, ...rest }) => ({
      ...rest,
      couplings: [...couplings.values()].sort((a, b) => a.kept.row - b.kept.row),
    })),
    terms: lin.terms.map((term) => ({
      term,
      parts: term.blocks.flatMap((block, k) => {
        const kept = keptOf.get(block)
        return kept ? [{ J: term.J[k], kept }] : []
      }),
    })),
    rhs: new Float64Array(n),
    gradient: new Float64Array(lin.dimension),
  }
}

function growing(block: Block) {
  const { dimension: d } = block
  const terms: Eliminated['terms'][number][] = []
  return { block, couplings: new Map<Kept, Coupling>(), terms, L: new Float64Array(d * d), y: new Float64Array(d) }
}

function addTerm(
  { block, couplings, terms }: ReturnType<typeof growing>,
  term: Term,
  own: number,
  keptOf: ReadonlyMap<Block, Kept>,
): void {
  const others = term.blocks.flatMap((other, k) => {
    const kept = keptOf.get(other)
    if (!kept) return []
    const coupling = couplings.get(kept) ?? { kept, W: new Float64Array(kept.dimension * block.dimension) }
    couplings.set(kept, coupling)
    return [{ J: term.J[k], coupling }]
  })
  terms.push({ rows: term.r.length, J: term.J[own], others })
}

/**
 * Factors V + D, and writes W.
 *
 * @returns false where V + D is not positive definite
 */
export function eliminateBlocks(lin: Linearization, { eliminated }: Elimination, radius: number): boolean {
  for (const { block, couplings, terms, L } of eliminated) {
    const { row, dimension: d } = block
    L.fill(0)
    for (const { W } of couplings) W.fill(0)
    for (const { rows, J, others } of terms) {
      addProduct(J, d, J, d, rows, L, 0, d)
      for (const { J: other, coupling } of others) {
        addProduct(other, coupling.kept.dimension, J, d, rows, coupling.W, 0, d)
      }
    }
    for (let c = 0; c < d; c++) L[c * d + c] += dampingOf(lin.scaling, row + c, radius)
    if (!choleskyFactor(L, d)) return false
    for (const { kept, W } of couplings) for (let i = 0; i < kept.dimension; i++) forwardSolve(L, d, W, i * d)
  }
  return true
}

/** The right-hand side, and L⁻¹h, for g and h of Jᵀr. */
export function writeRightHandSide(
  lin: Linearization,
  { kept, eliminated, rhs, gradient }: Elimination,
  r: readonly Float64Array[],
): void {
  gradient.fill(0)
  for (const [i, { blocks, J }] of lin.terms.entries()) {
    for (const [k, { row, dimension }] of blocks.entries()) {
      for (let m = 0; m < r[i].length; m++) {
        for (let c = 0; c < dimension; c++) gradient[row + c] += J[k][m * dimension + c] * r[i][m]
      }
    }
  }
  for (const { block, row, dimension } of kept) {
    for (let c = 0; c < dimension; c++) rhs[row + c] = -gradient[block.row + c]
  }
  for (const { block, couplings, L, y } of eliminated) {
    const { row, dimension: d } = block
    y.set(gradient.subarray(row, row + d))
    forwardSolve(L, d, y, 0)
    for (const { kept: to, W } of couplings) {
      for (let i = 0; i < to.dimension; i++) {
        for (let c = 0; c < d; c++) rhs[to.row + i] += W[i * d + c] * y[c]
      }
    }
  }
}

/** out[i][j] += Σ A[m][i] B[m][j], written at `at` with `stride` numbers a row. */
export function addProduct(
  A: Float64Array,
  a: number,
  B: Float64Array,
  b: number,
  rows: number,
  out: Float64Array,
  at: number,
  stride: number,
): void {
  for (let m = 0; m < rows; m++) {
    for (let i = 0; i < a; i++) {
      const v = A[m * a + i]
      if (v === 0) continue
      for (let j = 0; j < b; j++) out[at + i * stride + j] += v * B[m * b + j]
    }
  }
}

/** The d numbers of x at `at` ← L⁻¹ of them. */
function forwardSolve(L: Float64Array, d: number, x: Float64Array, at: number): void {
  for (let i = 0; i < d; i++) {
    let s = x[at + i]
    for (let k = 0; k < i; k++) s -= L[i * d + k] * x[at + k]
    x[at + i] = s / L[i * d + i]
  }
}

/** The whole step from that of the kept blocks. */
export function backSubstitute({ kept, eliminated }: Elimination, x: Float64Array, step: Float64Array): void {
  for (const { block, row, dimension } of kept) {
    for (let c = 0; c < dimension; c++) step[block.row + c] = x[row + c]
  }
  for (const { block, couplings, L, y } of eliminated) {
    const { row, dimension: d } = block
    for (let c = 0; c < d; c++) {
      let s = y[c]
      for (const { kept: from, W } of couplings) {
        for (let i = 0; i < from.dimension; i++) s += W[i * d + c] * x[from.row + i]
      }
      step[row + c] = -s
    }
    for (let c = d - 1; c >= 0; c--) {
      let s = step[row + c]
      for (let k = c + 1; k < d; k++) s -= L[k * d + c] * step[row + k]
      step[row + c] = s / L[c * d + c]
    }
  }
}
