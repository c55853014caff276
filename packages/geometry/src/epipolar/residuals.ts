import { sampsonRange } from '../robust/refine-epipolar.js'

/**
 * Sampson distances, the first-order geometric errors of x2ᵀ M x1 = 0, in the unit of the coordinates (Hartley and
 * Zisserman, equation 11.9). Infinite at the epipoles, where no line is defined.
 *
 * @param M essential matrix with normalised coordinates, or fundamental with pixels
 * @param xy1 coordinates in image 1, x y x y …
 */
export function sampsonErrors(
  M: Float64Array,
  xy1: Float64Array,
  xy2: Float64Array,
  out: Float64Array = new Float64Array(xy1.length / 2),
): Float64Array {
  sampsonRange(M, xy1, xy2, out, 0, xy1.length / 2)
  return out
}
