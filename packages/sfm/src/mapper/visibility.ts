/** Levels of the grid pyramid: 2 × 2 up to 64 × 64 cells. */
const LEVELS = 6

/**
 * How many points a photo sees, and how well spread: over a pyramid of grids each occupied cell scores its level's
 * resolution squared, so many points in a corner count less than few all over (Schönberger and Frahm, "Structure-from-Motion
 * Revisited", CVPR 2016, section 4.2).
 *
 * @param xy flat pixels
 * @param count points in xy
 */
export function visibilityScore(xy: ArrayLike<number>, count: number, width: number, height: number): number {
  let score = 0
  for (let level = 1; level <= LEVELS; level++) {
    const cells = 1 << level
    const occupied = new Uint8Array(cells * cells)
    let n = 0
    for (let i = 0; i < count; i++) {
      const column = Math.min(cells - 1, Math.max(0, Math.floor((xy[2 * i] / width) * cells)))
      const row = Math.min(cells - 1, Math.max(0, Math.floor((xy[2 * i + 1] / height) * cells)))
      const cell = row * cells + column
      if (occupied[cell] === 0) {
        occupied[cell] = 1
        n++
      }
    }
    score += n * cells * cells
  }
  return score
}
