/**
 * Which keypoints of which photos were verified to show the same point: an undirected graph over all keypoints of all
 * photos, in compressed rows. Keypoints are numbered globally: photo i's keypoint k is `offsets[i] + k`.
 */
export interface CorrespondenceGraph {
  /** `photos + 1` prefix sums of the photos' keypoint counts. */
  readonly offsets: Int32Array
  /** `keypoints + 1`: keypoint f's neighbours are `neighbors[rows[f] … rows[f + 1])`. */
  readonly rows: Int32Array
  /** Global keypoint numbers, ascending within a row. */
  readonly neighbors: Int32Array
  /** The photo of each keypoint. */
  readonly photoOf: Int32Array
}

/** Verified matches of two photos: flat pairs (keypoint of a, keypoint of b). */
export interface PairMatches {
  readonly a: number
  readonly b: number
  readonly matches: Uint32Array
}

/** Builds the graph; `keypointCounts[i]` is photo i's number of keypoints. */
export function correspondenceGraph(
  keypointCounts: ArrayLike<number>,
  pairs: readonly PairMatches[],
): CorrespondenceGraph {
  const photos = keypointCounts.length
  const offsets = new Int32Array(photos + 1)
  for (let i = 0; i < photos; i++) offsets[i + 1] = offsets[i] + keypointCounts[i]
  const total = offsets[photos]
  const photoOf = new Int32Array(total)
  for (let i = 0; i < photos; i++) photoOf.fill(i, offsets[i], offsets[i + 1])

  const rows = new Int32Array(total + 1)
  for (const { a, b, matches } of pairs) {
    for (let m = 0; m < matches.length; m += 2) {
      rows[offsets[a] + matches[m] + 1]++
      rows[offsets[b] + matches[m + 1] + 1]++
    }
  }
  for (let f = 0; f < total; f++) rows[f + 1] += rows[f]
  const neighbors = new Int32Array(rows[total])
  const next = rows.slice(0, total)
  for (const { a, b, matches } of pairs) {
    for (let m = 0; m < matches.length; m += 2) {
      const f = offsets[a] + matches[m]
      const g = offsets[b] + matches[m + 1]
      neighbors[next[f]++] = g
      neighbors[next[g]++] = f
    }
  }
  for (let f = 0; f < total; f++) neighbors.subarray(rows[f], rows[f + 1]).sort()
  return { offsets, rows, neighbors, photoOf }
}
