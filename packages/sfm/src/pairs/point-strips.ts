/** Strips across the wide side of lines, and cells along each strip. */
const STRIPS = 24
const CELLS = 128

/**
 * Points sorted by group, in it into strips of `main` and, along each strip, into cells of `cross`, so that what lies in a
 * group's strip between two values of `cross` is one stretch of `order`.
 */
export interface PointStrips {
  readonly strips: number
  /** Where strip 0 begins, and how wide strips are. */
  readonly origin: number
  readonly width: number
  /** Cells of a strip, where the first begins, and one over their size. */
  readonly cells: number
  readonly crossOrigin: number
  readonly perCell: number
  /** Positions where cells begin: `groups × strips × cells + 1`. */
  readonly starts: Int32Array
  /** The points' indices, and their coordinates in that order. */
  readonly order: Int32Array
  readonly main: Float64Array
  readonly cross: Float64Array
}

/** The cell of a strip that `cross` falls into, or the one nearest to it. */
export function cellOf({ cells, crossOrigin, perCell }: PointStrips, cross: number): number {
  const cell = Math.floor((cross - crossOrigin) * perCell)
  return cell < 0 ? 0 : cell < cells ? cell : cells - 1
}

/**
 * @param xy flat; points that are not finite are left out
 * @param mainAxis 0: strips of x; 1: of y
 * @param group of each point, from 0
 */
export function pointStrips(xy: Float64Array, mainAxis: 0 | 1, group: Uint8Array, groups: number): PointStrips {
  const n = xy.length / 2
  const [lowMain, highMain] = range(xy, mainAxis)
  const [lowCross, highCross] = range(xy, mainAxis === 0 ? 1 : 0)
  const width = highMain > lowMain ? (highMain - lowMain) / STRIPS : 1
  const perCell = highCross > lowCross ? CELLS / (highCross - lowCross) : 1
  const starts = new Int32Array(groups * STRIPS * CELLS + 1)
  const places = new Int32Array(n).fill(-1)
  for (let i = 0; i < n; i++) {
    const main = xy[2 * i + mainAxis]
    const cross = xy[2 * i + 1 - mainAxis]
    if (!Number.isFinite(main + cross)) continue
    const strip = Math.min(STRIPS - 1, Math.floor((main - lowMain) / width))
    const cell = Math.min(CELLS - 1, Math.floor((cross - lowCross) * perCell))
    places[i] = (group[i] * STRIPS + strip) * CELLS + cell
    starts[places[i] + 1]++
  }
  for (let c = 1; c < starts.length; c++) starts[c] += starts[c - 1]
  const next = starts.slice()
  const order = new Int32Array(starts[starts.length - 1])
  for (let i = 0; i < n; i++) if (places[i] >= 0) order[next[places[i]]++] = i
  const [main, cross] = [new Float64Array(order.length), new Float64Array(order.length)]
  for (let k = 0; k < order.length; k++) {
    main[k] = xy[2 * order[k] + mainAxis]
    cross[k] = xy[2 * order[k] + 1 - mainAxis]
  }
  return {
    strips: STRIPS,
    origin: lowMain,
    width,
    cells: CELLS,
    crossOrigin: lowCross,
    perCell,
    starts,
    order,
    main,
    cross,
  }
}

function range(xy: Float64Array, axis: 0 | 1): [low: number, high: number] {
  let low = Number.POSITIVE_INFINITY
  let high = Number.NEGATIVE_INFINITY
  for (let i = 0; i < xy.length; i += 2) {
    if (!Number.isFinite(xy[i] + xy[i + 1])) continue
    if (xy[i + axis] < low) low = xy[i + axis]
    if (xy[i + axis] > high) high = xy[i + axis]
  }
  return [low, high]
}
