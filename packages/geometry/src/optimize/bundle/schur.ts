import type { BundleLayout } from './layout.js'
import type { NormalEquations } from './linearize.js'
import { blockOffset, blockStride, type ReducedSystem } from './reduced-system.js'
import type { BundleModel } from './state.js'

/**
 * Elimination of the points. With U of poses and intrinsics, V of points (3×3 blocks) and E between them,
 * (U + D) x + E y = −g, Eᵀ x + (V + D) y = −h gives S x = −g + E (V + D)⁻¹ h, S = (U + D) − E (V + D)⁻¹ Eᵀ
 * (Triggs et al., "Bundle adjustment: a modern synthesis", 1999, section 6.1).
 */
export interface SchurScratch {
  /** Damping D of each unknown of the reduced system. */
  readonly damping: Float64Array
  /** Of each coordinate of each point. */
  readonly pointDamping: Float64Array
  /** Cholesky factors of V + D: 1/l00, l10, 1/l11, l20, l21, 1/l22; all 0 for a point that is held for this step. */
  readonly factors: Float64Array
  /** E L⁻ᵀ of the entries of one point. */
  readonly half: Float64Array
  readonly rhs: Float64Array
}

export function schurScratch(model: BundleModel): SchurScratch {
  const { layout } = model
  const n = layout.blockRow[layout.blocks]
  return {
    damping: new Float64Array(n),
    pointDamping: new Float64Array(3 * layout.points),
    factors: new Float64Array(6 * layout.points),
    half: new Float64Array(layout.maxEntryNumbers),
    rhs: new Float64Array(n),
  }
}

/** A coordinate of a point that the views hardly see is damped as if it had this part of the best seen one's curvature. */
const POINT_FLOOR = 1e-6

/**
 * D = diag(H)/radius; an unknown without any curvature gets 1, which keeps it where it is.
 *
 * @param radius trust region; infinite for no damping
 */
export function writeDamping(model: BundleModel, H: NormalEquations, radius: number, scratch: SchurScratch): void {
  const { layout } = model
  for (let b = 0; b < layout.poseBlocks; b++) {
    for (let k = 0; k < 6; k++) {
      const d = H.poseDiagonal[36 * b + 7 * k]
      scratch.damping[layout.blockRow[b] + k] = d > 0 ? d / radius : 1
    }
  }
  for (let c = 0; c < layout.freeParams.length; c++) {
    const n = layout.freeParams[c].length
    for (let k = 0; k < n; k++) {
      const d = H.cameraDiagonal[H.cameraOffset[c] + (n + 1) * k]
      scratch.damping[layout.blockRow[layout.cameraBlock[c]] + k] = d > 0 ? d / radius : 1
    }
  }
  for (let p = 0; p < layout.points; p++) {
    const x = H.pointHessian[6 * p]
    const y = H.pointHessian[6 * p + 3]
    const z = H.pointHessian[6 * p + 5]
    const floor = POINT_FLOOR * Math.max(x, y, z)
    scratch.pointDamping[3 * p] = Math.max(x, floor) / radius
    scratch.pointDamping[3 * p + 1] = Math.max(y, floor) / radius
    scratch.pointDamping[3 * p + 2] = Math.max(z, floor) / radius
  }
}

/** Writes S and its right-hand side, for the damping in `scratch`. */
export function eliminatePoints(
  model: BundleModel,
  H: NormalEquations,
  system: ReducedSystem,
  scratch: SchurScratch,
): void {
  writeUneliminated(model, H, system, scratch)
  for (let i = 0; i < scratch.rhs.length; i++) scratch.rhs[i] = -H.gradient[i]
  for (let p = 0; p < model.layout.points; p++) {
    if (!factorPoint(H.pointHessian, scratch.pointDamping, scratch.factors, p)) continue
    writeHalf(model.layout, H, scratch, p)
    subtractPoint(model.layout, system, scratch.half, p)
  }
}

/** E L⁻ᵀ of a point's entries, and its part of the right-hand side. */
function writeHalf(layout: BundleLayout, H: NormalEquations, { rhs, factors, half }: SchurScratch, p: number): void {
  const { entryStart, entryBlock, entryOffset, blockRow } = layout
  const { entries } = H
  const i00 = factors[6 * p]
  const l10 = factors[6 * p + 1]
  const i11 = factors[6 * p + 2]
  const l20 = factors[6 * p + 3]
  const l21 = factors[6 * p + 4]
  const i22 = factors[6 * p + 5]
  const h0 = H.pointGradient[3 * p] * i00
  const h1 = (H.pointGradient[3 * p + 1] - l10 * h0) * i11
  const h2 = (H.pointGradient[3 * p + 2] - l20 * h0 - l21 * h1) * i22
  const base = entryOffset[entryStart[p]]
  for (let e = entryStart[p]; e < entryStart[p + 1]; e++) {
    let row = blockRow[entryBlock[e]]
    for (let k = entryOffset[e]; k < entryOffset[e + 1]; k += 3, row++) {
      const x = entries[k] * i00
      const y = (entries[k + 1] - l10 * x) * i11
      const z = (entries[k + 2] - l20 * x - l21 * y) * i22
      half[k - base] = x
      half[k - base + 1] = y
      half[k - base + 2] = z
      rhs[row] += x * h0 + y * h1 + z * h2
    }
  }
}

/** S −= (E L⁻ᵀ)(E L⁻ᵀ)ᵀ of one point: a block for each pair of its entries. */
function subtractPoint(layout: BundleLayout, system: ReducedSystem, half: Float64Array, p: number): void {
  const { entryStart, entryBlock, entryOffset } = layout
  const first = entryStart[p]
  const end = entryStart[p + 1]
  const base = entryOffset[first]
  for (let a = first; a < end; a++) {
    const fromA = entryOffset[a] - base
    const toA = entryOffset[a + 1] - base
    for (let b = first; b <= a; b++) {
      const o = blockOffset(system, layout, entryBlock[a], entryBlock[b])
      const stride = blockStride(system, layout, entryBlock[b])
      const fromB = entryOffset[b] - base
      const toB = entryOffset[b + 1] - base
      if (toB - fromB === 18) subtractOuterPose(system.values, o, stride, half, fromA, toA, fromB)
      else subtractOuter(system.values, o, stride, half, fromA, toA, fromB, toB)
    }
  }
}

/** block −= A Bᵀ, A and B rows of three. What it writes above the diagonal of a diagonal block is never read. */
function subtractOuter(
  values: Float64Array,
  offset: number,
  stride: number,
  half: Float64Array,
  fromA: number,
  toA: number,
  fromB: number,
  toB: number,
): void {
  for (let i = fromA; i < toA; i += 3, offset += stride) {
    const x = half[i]
    const y = half[i + 1]
    const z = half[i + 2]
    let o = offset
    for (let j = fromB; j < toB; j += 3, o++) values[o] -= x * half[j] + y * half[j + 1] + z * half[j + 2]
  }
}

/** As `subtractOuter` for the six rows of a pose B, held in locals: this is where large problems spend their time. */
function subtractOuterPose(
  values: Float64Array,
  offset: number,
  stride: number,
  half: Float64Array,
  fromA: number,
  toA: number,
  b: number,
): void {
  const b0 = half[b]
  const b1 = half[b + 1]
  const b2 = half[b + 2]
  const b3 = half[b + 3]
  const b4 = half[b + 4]
  const b5 = half[b + 5]
  const b6 = half[b + 6]
  const b7 = half[b + 7]
  const b8 = half[b + 8]
  const b9 = half[b + 9]
  const b10 = half[b + 10]
  const b11 = half[b + 11]
  const b12 = half[b + 12]
  const b13 = half[b + 13]
  const b14 = half[b + 14]
  const b15 = half[b + 15]
  const b16 = half[b + 16]
  const b17 = half[b + 17]
  for (let i = fromA, o = offset; i < toA; i += 3, o += stride) {
    const x = half[i]
    const y = half[i + 1]
    const z = half[i + 2]
    values[o] -= x * b0 + y * b1 + z * b2
    values[o + 1] -= x * b3 + y * b4 + z * b5
    values[o + 2] -= x * b6 + y * b7 + z * b8
    values[o + 3] -= x * b9 + y * b10 + z * b11
    values[o + 4] -= x * b12 + y * b13 + z * b14
    values[o + 5] -= x * b15 + y * b16 + z * b17
  }
}

/** Cholesky factors of V + D of the block at 6 p, see `SchurScratch.factors`. @returns false, and zeros, where there are none */
export function factorPoint(V: Float64Array, damping: Float64Array, factors: Float64Array, p: number): boolean {
  const v = 6 * p
  const a = V[v] + damping[3 * p]
  const d = V[v + 3] + damping[3 * p + 1]
  const f = V[v + 5] + damping[3 * p + 2]
  const i00 = 1 / Math.sqrt(a)
  const l10 = V[v + 1] * i00
  const l20 = V[v + 2] * i00
  const pivot1 = d - l10 * l10
  const i11 = 1 / Math.sqrt(pivot1)
  const l21 = (V[v + 4] - l20 * l10) * i11
  const pivot2 = f - l20 * l20 - l21 * l21
  if (!(a > 0 && pivot1 > 1e-15 * d && pivot2 > 1e-15 * f)) {
    factors.fill(0, v, v + 6)
    return false
  }
  factors[v] = i00
  factors[v + 1] = l10
  factors[v + 2] = i11
  factors[v + 3] = l20
  factors[v + 4] = l21
  factors[v + 5] = 1 / Math.sqrt(pivot2)
  return true
}

/** U + D into the reduced system. */
function writeUneliminated(
  model: BundleModel,
  H: NormalEquations,
  system: ReducedSystem,
  { damping }: SchurScratch,
): void {
  const { layout, imageCamera } = model
  const { values } = system
  values.fill(0)
  for (let b = 0; b < layout.poseBlocks; b++) {
    writeDiagonal(system, model, b, H.poseDiagonal, 36 * b, damping)
  }
  for (let c = 0; c < layout.freeParams.length; c++) {
    if (layout.cameraBlock[c] >= 0) {
      writeDiagonal(system, model, layout.cameraBlock[c], H.cameraDiagonal, H.cameraOffset[c], damping)
    }
  }
  for (let i = 0; i < layout.images; i++) {
    const pose = layout.poseBlock[i]
    const camera = layout.cameraBlock[imageCamera[i]]
    if (pose < 0 || camera < 0) continue
    const n = layout.blockRow[camera + 1] - layout.blockRow[camera]
    const o = blockOffset(system, layout, camera, pose)
    const stride = blockStride(system, layout, pose)
    for (let r = 0; r < n; r++) {
      for (let c = 0; c < 6; c++) values[o + stride * r + c] += H.poseCamera[H.poseCameraOffset[i] + n * c + r]
    }
  }
}

function writeDiagonal(
  system: ReducedSystem,
  { layout }: BundleModel,
  block: number,
  source: Float64Array,
  at: number,
  damping: Float64Array,
): void {
  const row = layout.blockRow[block]
  const n = layout.blockRow[block + 1] - row
  const o = blockOffset(system, layout, block, block)
  const stride = blockStride(system, layout, block)
  for (let r = 0; r < n; r++) {
    for (let c = 0; c <= r; c++) system.values[o + stride * r + c] += source[at + n * r + c]
    system.values[o + stride * r + r] += damping[row + r]
  }
}

/** y = −(V + D)⁻¹ (h + Eᵀ x) for each point; 0 for a point that is held. */
export function backSubstitute(
  model: BundleModel,
  H: NormalEquations,
  scratch: SchurScratch,
  rows: Float64Array,
  pointStep: Float64Array,
): void {
  for (let p = 0; p < model.layout.points; p++) {
    backSubstitutePoint(model.layout, H, scratch.factors, rows, pointStep, p)
  }
}

function backSubstitutePoint(
  layout: BundleLayout,
  H: NormalEquations,
  factors: Float64Array,
  rows: Float64Array,
  pointStep: Float64Array,
  p: number,
): void {
  const { entryStart, entryBlock, entryOffset, blockRow } = layout
  const E = H.entries
  let x = H.pointGradient[3 * p]
  let y = H.pointGradient[3 * p + 1]
  let z = H.pointGradient[3 * p + 2]
  for (let e = entryStart[p]; e < entryStart[p + 1]; e++) {
    let row = blockRow[entryBlock[e]]
    for (let k = entryOffset[e]; k < entryOffset[e + 1]; k += 3, row++) {
      const d = rows[row]
      x += E[k] * d
      y += E[k + 1] * d
      z += E[k + 2] * d
    }
  }
  solvePoint(factors, 6 * p, x, y, z, pointStep, 3 * p)
}

/**
 * −(L Lᵀ)⁻¹ (x, y, z) into `out[at…]`, for the factors at `v`.
 *
 * @returns ½ ‖L⁻¹ (x, y, z)‖²: how much that step lowers the quadratic whose gradient was given
 */
export function solvePoint(
  factors: Float64Array,
  v: number,
  x: number,
  y: number,
  z: number,
  out: Float64Array,
  at: number,
): number {
  x *= factors[v]
  y = (y - factors[v + 1] * x) * factors[v + 2]
  z = (z - factors[v + 3] * x - factors[v + 4] * y) * factors[v + 5]
  const predicted = 0.5 * (x * x + y * y + z * z)
  z *= factors[v + 5]
  y = (y - factors[v + 4] * z) * factors[v + 2]
  x = (x - factors[v + 1] * y - factors[v + 3] * z) * factors[v]
  out[at] = -x
  out[at + 1] = -y
  out[at + 2] = -z
  return predicted
}
