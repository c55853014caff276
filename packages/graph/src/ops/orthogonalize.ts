import { misuse } from '../refusal.js'
import { callText, type Tensor } from '../tensor.js'
import { add, div, mul } from './binary.js'
import { matmul } from './matmul.js'
import { sum } from './reduce.js'
import { transpose } from './transpose.js'
import { sqrt } from './unary.js'

/**
 * Roughly U Vᵀ of the singular value decomposition U S Vᵀ of the matrices in the last two axes, by Newton–Schulz iteration
 * X ← a X + (b A + c A²) X, A = X Xᵀ. The quintic's coefficients are those of Muon (Jordan et al. 2024): steep at 0, so that five steps
 * bring singular values between about 0.7 and 1.2, which is all an optimizer needs.
 */
export function orthogonalize(x: Tensor, steps = 5): Tensor {
  if (x.rank < 2) misuse(callText('orthogonalize', [x]), 'matrices are wanted, in the last two axes')
  const [a, b, c] = [3.4445, -4.775, 2.0315]
  const tall = x.shape[x.rank - 2] > x.shape[x.rank - 1]
  let y = tall ? transpose(x) : x
  // (The Frobenius norm bounds the largest singular value.)
  y = div(y, add(sqrt(sum(mul(y, y), { axes: [-2, -1], keepDims: true })), 1e-7))
  for (let i = 0; i < steps; i++) {
    const gram = matmul(y, transpose(y))
    const inner = add(mul(gram, b), mul(matmul(gram, gram), c))
    y = add(mul(y, a), matmul(inner, y))
  }
  return tall ? transpose(y) : y
}
