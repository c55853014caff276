import type { BundleLayout } from './layout.js'

/** Which blocks of the reduced system are not zero: those that see a point together. Rows compressed, columns ascending. */
export interface BlockPattern {
  /** Per block row: its first block. */
  readonly rowStart: Int32Array
  /** Block column b ≤ a of each block; the last of a row is the diagonal. */
  readonly column: Int32Array
  /** First number of each block, one more at the end. */
  readonly offset: Float64Array
}

export function blockPattern(layout: BundleLayout, imageCamera: Int32Array): BlockPattern {
  const { blocks, blockRow, entryStart, entryBlock } = layout
  const pointsOf = pointsByBlock(layout)
  const cameraImages: number[][] = Array.from({ length: blocks }, () => [])
  for (let i = 0; i < layout.images; i++) {
    const camera = layout.cameraBlock[imageCamera[i]]
    if (camera >= 0 && layout.poseBlock[i] >= 0) cameraImages[camera].push(layout.poseBlock[i])
  }
  const rowStart = new Int32Array(blocks + 1)
  const columns: number[] = []
  const offsets: number[] = [0]
  const marked = new Int32Array(blocks).fill(-1)
  for (let a = 0; a < blocks; a++) {
    const row: number[] = []
    const mark = (b: number) => {
      if (b > a || marked[b] === a) return
      marked[b] = a
      row.push(b)
    }
    mark(a)
    for (const b of cameraImages[a]) mark(b)
    for (let k = pointsOf.start[a]; k < pointsOf.start[a + 1]; k++) {
      const p = pointsOf.points[k]
      for (let e = entryStart[p]; e < entryStart[p + 1]; e++) mark(entryBlock[e])
    }
    row.sort((x, y) => x - y)
    const rows = blockRow[a + 1] - blockRow[a]
    for (const b of row) {
      columns.push(b)
      offsets.push(offsets[offsets.length - 1] + rows * (blockRow[b + 1] - blockRow[b]))
    }
    rowStart[a + 1] = columns.length
  }
  return { rowStart, column: Int32Array.from(columns), offset: Float64Array.from(offsets) }
}

function pointsByBlock(layout: BundleLayout): { start: Int32Array; points: Int32Array } {
  const { blocks, points, entryStart, entryBlock } = layout
  const start = new Int32Array(blocks + 1)
  for (const b of entryBlock) start[b + 1]++
  for (let b = 0; b < blocks; b++) start[b + 1] += start[b]
  const next = start.slice()
  const list = new Int32Array(entryBlock.length)
  for (let p = 0; p < points; p++) {
    for (let e = entryStart[p]; e < entryStart[p + 1]; e++) list[next[entryBlock[e]]++] = p
  }
  return { start, points: list }
}
