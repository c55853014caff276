/** Sizes along each axis, outermost first; `[]` is a scalar. */
export type Shape = readonly number[]

export const sizeOf = (shape: Shape): number => shape.reduce((a, b) => a * b, 1)
export const sameShape = (a: Shape, b: Shape): boolean => a.length === b.length && a.every((n, i) => n === b[i])
export const showShape = (shape: Shape): string => `[${shape.join(', ')}]`

/** Whether it is a size of an axis. */
export const isSize = (n: unknown): boolean => Number.isSafeInteger(n) && (n as number) >= 0

/** Row-major strides, in elements. */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length)
  for (let i = shape.length - 1, s = 1; i >= 0; i--) {
    strides[i] = s
    s *= shape[i] as number
  }
  return strides
}

/** NumPy's rule: aligned at the last axis, sizes are equal or one of them is 1; undefined where they do not fit. */
export function broadcastShapes(a: Shape, b: Shape): number[] | undefined {
  const rank = Math.max(a.length, b.length)
  const out = new Array<number>(rank)
  for (let i = 0; i < rank; i++) {
    const m = a[a.length - rank + i] ?? 1
    const n = b[b.length - rank + i] ?? 1
    if (m !== n && m !== 1 && n !== 1) return undefined
    out[i] = m === 1 ? n : m
  }
  return out
}

/** Strides that read `shape` as if it were `target`: 0 along axes that repeat. */
export function broadcastStrides(shape: Shape, target: Shape): number[] {
  const own = stridesOf(shape)
  const offset = target.length - shape.length
  return target.map((_, i) => (i < offset || shape[i - offset] === 1 ? 0 : (own[i - offset] as number)))
}

/** Axes counted from either end, as 0 … rank − 1 in ascending order without repeats; undefined where one is outside. */
export function normalizeAxes(axes: number | readonly number[] | undefined, rank: number): number[] | undefined {
  if (axes === undefined) return Array.from({ length: rank }, (_, i) => i)
  const list = (typeof axes === 'number' ? [axes] : axes).map((a) => (a < 0 ? a + rank : a))
  if (list.some((a) => !(Number.isInteger(a) && a >= 0 && a < rank))) return undefined
  return [...new Set(list)].sort((a, b) => a - b)
}

/** The shape after a reduction over `axes` (already normalised). */
export const reducedShape = (shape: Shape, axes: readonly number[], keepDims: boolean): number[] =>
  keepDims ? shape.map((n, i) => (axes.includes(i) ? 1 : n)) : shape.filter((_, i) => !axes.includes(i))
