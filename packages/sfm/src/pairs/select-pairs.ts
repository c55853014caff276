/**
 * How the pairs to match are chosen: `exhaustive` takes all; `sequential` takes each photo's next `overlap` neighbours by
 * name, and those 2, 4, 8 … steps ahead to close gaps; `auto` is sequential for video-like names of many photos, else
 * exhaustive.
 */
export type PairSelection = 'auto' | 'exhaustive' | 'sequential'

export interface SelectPairsOptions {
  readonly selection?: PairSelection
  /** Neighbours ahead that a sequential selection matches (photos). */
  readonly overlap?: number
}

/** The selected pairs, a < b, ordered by a then b, and the selection that was used. */
export interface SelectedPairs {
  readonly selection: 'exhaustive' | 'sequential'
  /** Flat (a, b). */
  readonly pairs: Int32Array
}

/** Above this many photos, video-like names are matched sequentially by default: exhaustive work grows with the square. */
const SEQUENTIAL_FROM = 200

/** Chooses the pairs of photos to match; `names` are in the photos' order. */
export function selectPairs(names: readonly string[], options: SelectPairsOptions = {}): SelectedPairs {
  const { selection = 'auto', overlap = 10 } = options
  const sequential =
    selection === 'sequential' || (selection === 'auto' && names.length >= SEQUENTIAL_FROM && looksLikeVideo(names))
  return sequential
    ? { selection: 'sequential', pairs: sequentialPairs(names.length, overlap) }
    : { selection: 'exhaustive', pairs: exhaustivePairs(names.length) }
}

function exhaustivePairs(n: number): Int32Array {
  const pairs = new Int32Array(n * (n - 1))
  let k = 0
  for (let a = 0; a < n; a++) {
    for (let b = a + 1; b < n; b++) {
      pairs[k++] = a
      pairs[k++] = b
    }
  }
  return pairs
}

function sequentialPairs(n: number, overlap: number): Int32Array {
  const pairs: number[] = []
  for (let a = 0; a < n; a++) {
    const ahead = new Set<number>()
    for (let step = 1; step <= overlap; step++) ahead.add(a + step)
    for (let step = 1; step < n; step *= 2) if (step <= overlap * 32) ahead.add(a + step)
    for (const b of [...ahead].sort((x, y) => x - y)) if (b < n) pairs.push(a, b)
  }
  return Int32Array.from(pairs)
}

/** Names like those a frame extractor writes: one stem, then a counter that (nearly) always goes up by one step. */
export function looksLikeVideo(names: readonly string[]): boolean {
  if (names.length < 3) return false
  const counters: number[] = []
  let stem: string | undefined
  for (const name of names) {
    const match = /^(.*?)(\d+)\.[^.]*$/.exec(name)
    if (match === null) return false
    stem ??= match[1]
    if (match[1] !== stem) return false
    counters.push(Number(match[2]))
  }
  counters.sort((a, b) => a - b)
  const steps = counters.slice(1).map((c, i) => c - counters[i])
  const usual = [...steps].sort((a, b) => a - b)[steps.length >> 1]
  return steps.filter((s) => s === usual).length >= 0.9 * steps.length
}
