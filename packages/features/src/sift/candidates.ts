/** Extrema of the scale space that passed all tests, as a growing structure of arrays. */
export class Candidates {
  /** Position in the list of octaves. */
  readonly octave: number[] = []
  /** Sub-sample position in the octave, and level (1 … 3, fractional). */
  readonly x: number[] = []
  readonly y: number[] = []
  readonly level: number[] = []

  get count(): number {
    return this.x.length
  }

  push(octave: number, x: number, y: number, level: number): void {
    this.octave.push(octave)
    this.x.push(x)
    this.y.push(y)
    this.level.push(level)
  }
}

/**
 * The order in which candidates are described until `maxFeatures` is reached: largest scale first; ties by octave, then
 * row, then column, so the order is total. Two starts that ended in the same extremum are one.
 */
export function selectionOrder(candidates: Candidates): Int32Array {
  const { octave, x, y, level } = candidates
  const order = Int32Array.from({ length: candidates.count }, (_, i) => i)
  order.sort((a, b) => octave[b]! - octave[a]! || level[b]! - level[a]! || y[a]! - y[b]! || x[a]! - x[b]! || a - b)
  return order.filter((c, i) => {
    const before = order[i - 1]
    if (before === undefined) return true
    return !(octave[c] === octave[before] && level[c] === level[before] && y[c] === y[before] && x[c] === x[before])
  })
}
