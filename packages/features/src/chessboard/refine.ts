import type { GrayImage } from '../features.js'

/**
 * Sub-pixel position of a crossing: the point q to which every image gradient ∇I(p) about it is orthogonal, ∇I(p)ᵀ (q − p) = 0,
 * as at each edge through q the gradient stands across it. Förstner and Gülch, "A fast operator for detection and precise
 * location of distinct points" (1987); OpenCV's `cornerSubPix`.
 */
const MAX_ROUNDS = 30
const CONVERGED = 1e-3

/**
 * Gradients are taken at the pixels, not between them: interpolated ones are smaller half-way, which draws positions to the
 * grid. The window's weight falls to zero at its rim, so that pixels come and go without a step.
 *
 * @param xy the position, pixels; overwritten
 * @param half half side of the window, pixels; the squares around must be larger
 * @returns false, with the position unspecified, where it runs off or the window has not two edges
 */
export function refineCrossing(image: GrayImage, xy: Float64Array, at: number, half: number): boolean {
  const reach = Math.max(2.5, half)
  const [x0, y0] = [xy[at]!, xy[at + 1]!]
  let [x, y] = [x0, y0]
  for (let round = 0; round < MAX_ROUNDS; round++) {
    if (!momentsAt(image, x, y, reach)) return false
    const [a, b, c, u, v] = moments as unknown as [number, number, number, number, number]
    const det = a * c - b * b
    // Edges of one direction only leave the position open along them.
    if (!(det > 0.02 * (a + c) * (a + c))) return false
    const dx = (c * u - b * v) / det
    const dy = (a * v - b * u) / det
    x += dx
    y += dy
    if (!(Math.abs(x - x0) <= reach && Math.abs(y - y0) <= reach)) return false
    if (Math.abs(dx) < CONVERGED && Math.abs(dy) < CONVERGED) break
  }
  xy[at] = x
  xy[at + 1] = y
  return true
}

/** Σ w ∇I ∇Iᵀ (a, b, c) and Σ w ∇I ∇Iᵀ (p − q) (u, v). */
const moments = new Float64Array(5)

/** Writes the moments about (x, y); false where the window leaves the image. */
function momentsAt({ width, height, data }: GrayImage, x: number, y: number, reach: number): boolean {
  moments.fill(0)
  const [left, right] = [Math.ceil(x - 0.5 - reach), Math.floor(x - 0.5 + reach)]
  const [top, bottom] = [Math.ceil(y - 0.5 - reach), Math.floor(y - 0.5 + reach)]
  if (left < 1 || top < 1 || right > width - 2 || bottom > height - 2) return false
  const [ex, ey] = [x - 0.5, y - 0.5]
  for (let j = top; j <= bottom; j++) {
    const dy = j - ey
    for (let i = left; i <= right; i++) {
      const dx = i - ex
      const rest = 1 - (dx * dx + dy * dy) / (reach * reach)
      if (rest <= 0) continue
      const k = j * width + i
      const gx = data[k + 1]! - data[k - 1]!
      const gy = data[k + width]! - data[k - width]!
      const weight = rest * rest
      const [xx, xy, yy] = [weight * gx * gx, weight * gx * gy, weight * gy * gy]
      moments[0]! += xx
      moments[1]! += xy
      moments[2]! += yy
      moments[3]! += xx * dx + xy * dy
      moments[4]! += xy * dx + yy * dy
    }
  }
  return true
}
