import { EpipoleError } from '@epipole/core'
import type { GrayImage } from '../features.js'
import { checkGray } from '../image/check.js'
import { resizeGray } from '../image/resize.js'
import { matchBoard } from './board.js'
import { type Crossing, findCrossings } from './crossings.js'
import { type Grid, growGrid } from './grow.js'
import { smoothed } from './plane.js'
import { refineCrossing } from './refine.js'

/** A chessboard, by its inner corners: where four squares meet. */
export interface BoardSize {
  /** Inner corners along a row; at least 3. A board of 10 × 7 squares has 9 × 6. */
  readonly columns: number
  /** At least 3. */
  readonly rows: number
}

/** Whether the whole board is in the image, and where. */
export type Chessboard =
  | {
      readonly ok: true
      /** `2 × columns × rows`: x, y in pixels (the centre of the top-left pixel at (0.5, 0.5)), row by row. */
      readonly corners: Float64Array
      /**
       * False where colours tell which corner is the first: then the square before it, diagonally, is dark. True where the board
       * looks the same turned by 180° (columns and rows both even or both odd) or, if square, by quarters: the first is then the
       * corner nearest to the top left of the image.
       */
      readonly turnable: boolean
      /** Mean distance between neighbours along rows and columns, pixels. */
      readonly spacing: number
    }
  | {
      readonly ok: false
      /**
       * `crossings`: too few places where edges cross as on a chessboard. `grid`: the largest grid they make has too few
       * corners (the board is cut, covered, or another one). `larger`: there is a grid, but it goes on beside the board, which
       * has other numbers of corners. `blurred`: a corner has no sharp position at full resolution.
       */
      readonly reason: 'crossings' | 'grid' | 'larger' | 'blurred'
      /** What there is … */
      readonly value: number
      /** … and what was asked for: the number of corners. */
      readonly threshold: number
    }

/** Longer sides at which the board is looked for, in turn: one for most photos, then for blurred and for small boards. */
const SIDES = [800, 400, 1600, 3200] as const
const MAX_SEEDS = 80
/** Half the window for the sub-pixel position: this part of the distance to the next corner, and at most this many pixels. */
const WINDOW = 0.45
const MAX_WINDOW = 15

/**
 * Finds the one chessboard of an image: crossings of edges (ChESS), grids that grow from them square by square while colours
 * alternate, the grid that is the board, and sub-pixel positions at full resolution. Either all corners or none.
 *
 * @throws EpipoleError `usage` for a size that is none, or data that does not fit
 */
export function findChessboard(image: GrayImage, { columns, rows }: BoardSize): Chessboard {
  checkGray(image)
  checkSize(columns, rows)
  let best: Chessboard = { ok: false, reason: 'crossings', value: 0, threshold: columns * rows }
  // Edges no wider than a pixel are sampled too coarsely for positions between pixels.
  const soft = smoothed(image)
  const longer = Math.max(image.width, image.height)
  for (const side of SIDES.filter((s, i) => i === 0 || s < longer)) {
    const { image: small, scale } = resizeGray(image, side)
    const found = findAtScale(soft, scale === 1 ? soft : smoothed(small), scale, columns, rows)
    if (found.ok) return found
    if (rank(found) > rank(best)) best = found
  }
  return best
}

function checkSize(columns: number, rows: number): void {
  const fits = [columns, rows].every((n) => Number.isSafeInteger(n) && n >= 3 && n <= 99)
  if (fits) return
  throw new EpipoleError(
    'usage',
    `A chessboard is given by its inner corners, 3 to 99 along each side, not ${columns} × ${rows}.`,
    { columns, rows },
  )
}

/** The refusal that came closest to a board is the one to tell. */
function rank(refusal: Chessboard): number {
  if (refusal.ok) return Number.POSITIVE_INFINITY
  return ['crossings', 'grid', 'larger', 'blurred'].indexOf(refusal.reason) * 1e6 + refusal.value
}

function findAtScale(full: GrayImage, small: GrayImage, scale: number, columns: number, rows: number): Chessboard {
  const threshold = columns * rows
  const picture = findCrossings(small)
  const { crossings } = picture
  if (crossings.length < threshold / 2) return { ok: false, reason: 'crossings', value: crossings.length, threshold }
  let best: Chessboard = { ok: false, reason: 'grid', value: 0, threshold }
  const tried = new Set<Crossing>()
  for (const seed of crossings.slice(0, MAX_SEEDS)) {
    if (tried.has(seed)) continue
    const grid = growGrid(picture, seed)
    if (!grid) continue
    for (const cell of grid.cells.values()) tried.add(cell)
    const found = boardOf(grid, full, scale, columns, rows)
    if (found.ok) return found
    if (rank(found) > rank(best)) best = found
  }
  return best
}

function boardOf(grid: Grid, full: GrayImage, scale: number, columns: number, rows: number): Chessboard {
  const threshold = columns * rows
  const match = matchBoard(grid, columns, rows)
  if (!match.ok) return { ok: false, reason: match.reason, value: match.value, threshold }
  const corners = new Float64Array(2 * threshold)
  for (const [k, { x, y }] of match.cells.entries()) corners.set([x * scale, y * scale], 2 * k)
  const spacing = meanSpacing(corners, columns, rows)
  const start = corners.slice()
  for (let k = 0; k < threshold; k++) {
    const half = Math.min(MAX_WINDOW * Math.max(1, scale / 2), WINDOW * nearestNeighbour(start, columns, rows, k))
    if (!refineCrossing(full, corners, 2 * k, half)) return { ok: false, reason: 'blurred', value: k, threshold }
  }
  return { ok: true, corners, turnable: match.turnable, spacing }
}

function between(corners: Float64Array, a: number, b: number): number {
  const [dx, dy] = [corners[2 * a]! - corners[2 * b]!, corners[2 * a + 1]! - corners[2 * b + 1]!]
  return Math.sqrt(dx * dx + dy * dy)
}

function meanSpacing(corners: Float64Array, columns: number, rows: number): number {
  let [sum, count] = [0, 0]
  for (let k = 0; k < columns * rows; k++) {
    if (k % columns > 0) {
      sum += between(corners, k, k - 1)
      count++
    }
    if (k >= columns) {
      sum += between(corners, k, k - columns)
      count++
    }
  }
  return sum / count
}

function nearestNeighbour(corners: Float64Array, columns: number, rows: number, k: number): number {
  let least = Number.POSITIVE_INFINITY
  const column = k % columns
  if (column > 0) least = Math.min(least, between(corners, k, k - 1))
  if (column < columns - 1) least = Math.min(least, between(corners, k, k + 1))
  if (k >= columns) least = Math.min(least, between(corners, k, k - columns))
  if (k < columns * (rows - 1)) least = Math.min(least, between(corners, k, k + columns))
  return least
}
