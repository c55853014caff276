import type { Crossing } from './crossings.js'
import { type Grid, key } from './grow.js'

/** A full rectangle of a grid: its first cell and its size. */
interface Box {
  readonly i: number
  readonly j: number
  readonly columns: number
  readonly rows: number
}

/** What part of a grid is the board. */
export type BoardMatch =
  | { readonly ok: true; readonly cells: readonly Crossing[]; readonly turnable: boolean }
  | { readonly ok: false; readonly reason: 'grid' | 'larger'; readonly value: number }

/** A row beside the board with at least this part of it filled is the board's own: it is another, larger board. */
const MAX_BESIDE = 0.5

/**
 * The cells of a board of columns × rows inner corners, row by row. The board is seen from its front; where colours tell which
 * of its two ends is first, the square before the first corner is dark, else the first corner is the one nearest to the top left.
 */
export function matchBoard(grid: Grid, columns: number, rows: number): BoardMatch {
  const candidates = [fullBoxes(grid, columns, rows), columns === rows ? [] : fullBoxes(grid, rows, columns)].flat()
  if (candidates.length === 0) return { ok: false, reason: 'grid', value: grid.cells.size }
  const alone = candidates.filter((box) => besides(grid, box) < MAX_BESIDE)
  if (alone.length !== 1) return { ok: false, reason: 'larger', value: grid.cells.size }
  const orders = readings(alone[0]!, columns, rows)
  const dark = orders.filter((reading) => startsDark(grid, reading))
  const left = dark.length === 0 ? orders : dark
  const [first] = left.toSorted((a, b) => topLeft(grid, a) - topLeft(grid, b))
  const [i, j, di, dj, ei, ej] = first!
  const cells: Crossing[] = []
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) cells.push(grid.cells.get(key(i + c * di + r * ei, j + c * dj + r * ej))!)
  }
  return { ok: true, cells, turnable: left.length > 1 }
}

function fullBoxes(grid: Grid, columns: number, rows: number): Box[] {
  const out: Box[] = []
  for (const name of grid.cells.keys()) {
    const [i, j] = name.split(',').map(Number) as [number, number]
    let full = true
    for (let r = 0; r < rows && full; r++)
      for (let c = 0; c < columns && full; c++) full = grid.cells.has(key(i + c, j + r))
    if (full) out.push({ i, j, columns, rows })
  }
  return out
}

/** The largest part of a row or column right beside the box that is filled. */
function besides(grid: Grid, { i, j, columns, rows }: Box): number {
  let most = 0
  for (const b of [j - 1, j + rows]) {
    let count = 0
    for (let c = 0; c < columns; c++) if (grid.cells.has(key(i + c, b))) count++
    most = Math.max(most, count / columns)
  }
  for (const a of [i - 1, i + columns]) {
    let count = 0
    for (let r = 0; r < rows; r++) if (grid.cells.has(key(a, j + r))) count++
    most = Math.max(most, count / rows)
  }
  return most
}

/** First cell, step along a row of the board, step to its next row; turned, never mirrored. */
type Reading = readonly [i: number, j: number, di: number, dj: number, ei: number, ej: number]

function readings({ i, j, columns: w, rows: h }: Box, columns: number, rows: number): Reading[] {
  const out: Reading[] = []
  const [right, bottom] = [i + w - 1, j + h - 1]
  if (w === columns && h === rows) out.push([i, j, 1, 0, 0, 1], [right, bottom, -1, 0, 0, -1])
  if (w === rows && h === columns) out.push([right, j, 0, 1, -1, 0], [i, bottom, 0, -1, 1, 0])
  return out
}

/** Whether the square before a reading's first corner, diagonally, is dark. */
function startsDark({ sign }: Grid, [i, j, di, dj, ei, ej]: Reading): boolean {
  // Square (i, j) lies between the crossings (i, j) and (i + 1, j + 1).
  const square = (di + ei > 0 ? i - 1 : i) + (dj + ej > 0 ? j - 1 : j)
  return (square % 2 === 0 ? 1 : -1) * sign < 0
}

function topLeft(grid: Grid, [i, j]: Reading): number {
  const { x, y } = grid.cells.get(key(i, j))!
  return x + y
}
