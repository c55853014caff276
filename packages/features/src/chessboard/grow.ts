import type { GrayImage } from '../features.js'
import { type Crossing, type CrossingPicture, crossingAt } from './crossings.js'
import { edgeStep } from './edge.js'

/** Crossings on a grid; keys are "i,j", i along the rows and j along the columns, from −∞ to ∞. */
export interface Grid {
  readonly cells: ReadonlyMap<string, Crossing>
  /** 1 where the square right and below of (0, 0) is lighter than its neighbours, else −1. */
  readonly sign: 1 | -1
}

/** How far a crossing may be from where its neighbours say it is, in spacings. */
const TOLERANCE = 0.3
/** A neighbour lies within this cosine of the edge's direction. */
const MIN_COSINE = 0.9
/**
 * A crossing answers at least this part as strongly as its neighbours: where the corners of outer squares touch something dark
 * beside the board, there is a crossing too, but a faint one.
 */
const MIN_RESPONSE = 0.3
const MAX_SIDE = 100

export const key = (i: number, j: number) => `${i},${j}`

/** The grid that grows from a crossing, square by square, as long as edges and colours go on; `undefined` without a first square. */
export function growGrid(picture: CrossingPicture, seed: Crossing): Grid | undefined {
  const first = firstSquare(picture, seed)
  if (!first) return undefined
  const cells = new Map<string, Crossing>(first.cells)
  const used = new Set(cells.values())
  for (let grown = true; grown; ) {
    grown = false
    for (const [i, j] of border(cells)) {
      const next = nextCell(picture, { cells, sign: first.sign }, used, i, j)
      if (!next) continue
      cells.set(key(i, j), next)
      used.add(next)
      grown = true
    }
  }
  return { cells, sign: first.sign }
}

function firstSquare(picture: CrossingPicture, seed: Crossing): Grid | undefined {
  const { image, crossings } = picture
  const [x1, y1, x2, y2] = seed.edges
  // The four quadrants of the seed, each with its second direction to the right of the first, as y is of x.
  const turn = x1 * y2 - y1 * x2 > 0 ? 1 : -1
  const [u, v] = [
    [x1, y1],
    [turn * x2, turn * y2],
  ] as const
  const back = ([x, y]: readonly [number, number]) => [-x, -y] as const
  for (const [first, second] of [
    [u, v],
    [back(u), back(v)],
    [v, back(u)],
    [back(v), u],
  ] as const) {
    const right = neighbour(image, crossings, seed, first[0], first[1])
    const below = right && neighbour(image, crossings, seed, second[0], second[1])
    if (!right || !below) continue
    const corner = nearest(crossings, right.x + below.x - seed.x, right.y + below.y - seed.y)
    const spacing = Math.min(distance(seed, right), distance(seed, below))
    const away = Math.sqrt((corner.x - right.x - below.x + seed.x) ** 2 + (corner.y - right.y - below.y + seed.y) ** 2)
    if (away > 2 * TOLERANCE * spacing || corner === right || corner === below) continue
    const sign = edgeStep(image, seed.x, seed.y, right.x, right.y) > 0 ? 1 : -1
    const cells = new Map([
      [key(0, 0), seed],
      [key(1, 0), right],
      [key(0, 1), below],
      [key(1, 1), corner],
    ])
    const grid: Grid = { cells, sign }
    if ([...cells.keys()].every((name) => edgesFit(image, grid, name))) return grid
  }
  return undefined
}

/** The closest crossing along a direction to which a clean edge leads. */
function neighbour(
  image: GrayImage,
  crossings: readonly Crossing[],
  from: Crossing,
  dx: number,
  dy: number,
): Crossing | undefined {
  let best: Crossing | undefined
  let least = Number.POSITIVE_INFINITY
  for (const other of crossings) {
    const [x, y] = [other.x - from.x, other.y - from.y]
    const length = Math.sqrt(x * x + y * y)
    if (length < 4 || length >= least || x * dx + y * dy < MIN_COSINE * length) continue
    if (edgeStep(image, from.x, from.y, other.x, other.y) === 0) continue
    least = length
    best = other
  }
  return best
}

function nearest(crossings: readonly Crossing[], x: number, y: number): Crossing {
  let best = crossings[0]!
  let least = Number.POSITIVE_INFINITY
  for (const other of crossings) {
    const square = (other.x - x) ** 2 + (other.y - y) ** 2
    if (square < least) {
      least = square
      best = other
    }
  }
  return best
}

const distance = (a: Crossing, b: Crossing) => Math.sqrt((a.x - b.x) ** 2 + (a.y - b.y) ** 2)

/** Empty cells beside full ones, those with most full neighbours first. */
function border(cells: ReadonlyMap<string, Crossing>): (readonly [number, number])[] {
  const counts = new Map<string, number>()
  for (const name of cells.keys()) {
    const [i, j] = name.split(',').map(Number) as [number, number]
    for (const [a, b] of AROUND) {
      const beside = key(i + a, j + b)
      if (!cells.has(beside) && Math.abs(i) < MAX_SIDE && Math.abs(j) < MAX_SIDE) {
        counts.set(beside, (counts.get(beside) ?? 0) + 1)
      }
    }
  }
  return [...counts]
    .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
    .map(([name]) => name.split(',').map(Number) as [number, number])
}

const AROUND = [
  [1, 0],
  [-1, 0],
  [0, 1],
  [0, -1],
] as const

/** The crossing of an empty cell: a found one, or one that shows when looked for at the place. */
function nextCell(
  { image, response, crossings }: CrossingPicture,
  grid: Grid,
  used: ReadonlySet<Crossing>,
  i: number,
  j: number,
): Crossing | undefined {
  const expected = predict(grid.cells, i, j)
  if (!expected) return undefined
  const { x, y, spacing, response: around } = expected
  if (!(x >= 0 && y >= 0 && x <= image.width && y <= image.height && spacing > 3)) return undefined
  const fits = (c: Crossing | undefined): c is Crossing =>
    c !== undefined &&
    !used.has(c) &&
    c.response >= MIN_RESPONSE * around &&
    (c.x - x) ** 2 + (c.y - y) ** 2 <= (TOLERANCE * spacing) ** 2 &&
    edgesFit(image, { cells: new Map(grid.cells).set(key(i, j), c), sign: grid.sign }, key(i, j))
  const found = nearest(crossings, x, y)
  if (fits(found)) return found
  const looked = crossingAt(image, response, x, y)
  return fits(looked) ? looked : undefined
}

interface Prediction {
  readonly x: number
  readonly y: number
  /** Distance to the next crossing, pixels. */
  readonly spacing: number
  /** How strongly the full neighbours answer, on average. */
  readonly response: number
}

/** Where a cell should be: the mean of what straight rows and parallel neighbours say. */
function predict(cells: ReadonlyMap<string, Crossing>, i: number, j: number): Prediction | undefined {
  let [x, y, count, spacing] = [0, 0, 0, Number.POSITIVE_INFINITY]
  let [response, besides] = [0, 0]
  /** a + (b − c). */
  const add = (a: Crossing, b: Crossing, c: Crossing) => {
    x += a.x + b.x - c.x
    y += a.y + b.y - c.y
    count++
    spacing = Math.min(spacing, distance(b, c))
  }
  for (const [a, b] of AROUND) {
    const beside = cells.get(key(i + a, j + b))
    if (!beside) continue
    response += beside.response
    besides++
    const behind = cells.get(key(i + 2 * a, j + 2 * b))
    if (behind) add(beside, beside, behind)
    for (const s of [1, -1]) {
      const [p, q] = [cells.get(key(i + s * b, j + s * a)), cells.get(key(i + a + s * b, j + b + s * a))]
      if (p && q) add(beside, p, q)
    }
  }
  return count === 0 ? undefined : { x: x / count, y: y / count, spacing, response: response / besides }
}

/** The edges from a cell to its full neighbours have the steps that the colours of a chessboard ask for. */
function edgesFit(image: GrayImage, { cells, sign }: Grid, name: string): boolean {
  const [i, j] = name.split(',').map(Number) as [number, number]
  const own = cells.get(name)!
  for (const [a, b] of AROUND) {
    const other = cells.get(key(i + a, j + b))
    if (!other) continue
    // Walk right or down, so that a row's edge has its square (i, j) on the right hand, a column's on the left.
    const [from, to] = a + b > 0 ? [own, other] : [other, own]
    const [p, q] = a + b > 0 ? [i, j] : [i + a, j + b]
    const side = a === 0 ? -1 : 1
    const parity = (p + q) % 2 === 0 ? 1 : -1
    if (edgeStep(image, from.x, from.y, to.x, to.y) * sign * parity * side <= 0) return false
  }
  return true
}
