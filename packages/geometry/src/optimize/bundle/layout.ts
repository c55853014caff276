import { lensOf } from '../../camera/models.js'
import { type BundleProblem, POSE_FIXED } from './problem.js'

/**
 * Where everything of a bundle adjustment lives. Unknowns come in blocks: 6 for each free pose, then the free intrinsics
 * of each camera. Observations are sorted by point, then by image, so all sums have one order. The coupling of a point
 * with a block (6×3 or c×3 numbers) is an `entry`; a point's entries are sorted by block.
 */
export interface BundleLayout {
  readonly images: number
  readonly points: number
  /** Sorted observations of point p: `pointStart[p] … pointStart[p + 1]`. */
  readonly pointStart: Int32Array
  readonly obsImage: Int32Array
  readonly obsXy: Float64Array
  /** 1 / σ² of each observation. */
  readonly obsInformation: Float64Array
  /** Block of each image, −1 where its pose is constant. */
  readonly poseBlock: Int32Array
  /** Block of each camera, −1 where its intrinsics are constant. */
  readonly cameraBlock: Int32Array
  /** Indices of the free parameters of each camera. */
  readonly freeParams: readonly Int32Array[]
  readonly blocks: number
  readonly poseBlocks: number
  /** First unknown of each block; one more at the end: the number of unknowns. */
  readonly blockRow: Int32Array
  /** Entries of point p: `entryStart[p] … entryStart[p + 1]`; none for a constant point. */
  readonly entryStart: Int32Array
  readonly entryBlock: Int32Array
  /** Where an entry's numbers are; one more at the end: how many there are. */
  readonly entryOffset: Int32Array
  /** Per sorted observation, where the numbers of its pose's and its camera's entry are; −1 where there is none. */
  readonly obsPoseEntry: Int32Array
  readonly obsCameraEntry: Int32Array
  /** Most entries of one point, and most numbers in them. */
  readonly maxEntries: number
  readonly maxEntryNumbers: number
}

/** Indices 0 … n − 1 sorted by `order` after `previous`, stably, by counting. */
function countingSort(
  keys: Int32Array,
  count: number,
  previous?: Int32Array,
): { start: Int32Array; order: Int32Array } {
  const start = new Int32Array(count + 1)
  for (let i = 0; i < keys.length; i++) start[keys[i] + 1]++
  for (let i = 0; i < count; i++) start[i + 1] += start[i]
  const next = start.slice()
  const order = new Int32Array(keys.length)
  for (let i = 0; i < keys.length; i++) {
    const item = previous === undefined ? i : previous[i]
    order[next[keys[item]]++] = item
  }
  return { start, order }
}

function freeParameters(problem: BundleProblem): Int32Array[] {
  return problem.cameras.map((camera) => {
    const all = lensOf(camera.model).paramNames.map((_, i) => i)
    return Int32Array.from(all.filter((i) => camera.refine?.[i] === 1))
  })
}

export function bundleLayout(problem: BundleProblem): BundleLayout {
  const images = problem.imageCamera.length
  const points = problem.points.length / 3
  const byImage = countingSort(problem.obsImage, images)
  const { start: pointStart, order } = countingSort(problem.obsPoint, points, byImage.order)
  const obsImage = new Int32Array(order.length)
  const obsXy = new Float64Array(2 * order.length)
  const obsInformation = new Float64Array(order.length).fill(1)
  for (let k = 0; k < order.length; k++) {
    obsImage[k] = problem.obsImage[order[k]]
    obsXy[2 * k] = problem.obsXy[2 * order[k]]
    obsXy[2 * k + 1] = problem.obsXy[2 * order[k] + 1]
    if (problem.obsSigma !== undefined)
      obsInformation[k] = 1 / (problem.obsSigma[order[k]] * problem.obsSigma[order[k]])
  }
  const freeParams = freeParameters(problem)
  const poseBlock = new Int32Array(images).fill(-1)
  const cameraBlock = new Int32Array(problem.cameras.length).fill(-1)
  const rows = [0]
  for (let i = 0; i < images; i++) {
    if (problem.poseState?.[i] === POSE_FIXED) continue
    poseBlock[i] = rows.length - 1
    rows.push(rows[rows.length - 1] + 6)
  }
  const poseBlocks = rows.length - 1
  for (const [c, free] of freeParams.entries()) {
    if (free.length === 0) continue
    cameraBlock[c] = rows.length - 1
    rows.push(rows[rows.length - 1] + free.length)
  }
  const blockRow = Int32Array.from(rows)
  const e = entries(problem, pointStart, obsImage, poseBlock, cameraBlock, blockRow)
  // One literal with every field: spreads would give each run its own hidden class, and the inner loops would be
  // recompiled for each.
  return {
    images,
    points,
    pointStart,
    obsImage,
    obsXy,
    obsInformation,
    poseBlock,
    cameraBlock,
    freeParams,
    blocks: rows.length - 1,
    poseBlocks,
    blockRow,
    entryStart: e.entryStart,
    entryBlock: e.entryBlock,
    entryOffset: e.entryOffset,
    obsPoseEntry: e.obsPoseEntry,
    obsCameraEntry: e.obsCameraEntry,
    maxEntries: e.maxEntries,
    maxEntryNumbers: e.maxEntryNumbers,
  }
}

type Entries = Pick<
  BundleLayout,
  'entryStart' | 'entryBlock' | 'entryOffset' | 'obsPoseEntry' | 'obsCameraEntry' | 'maxEntries' | 'maxEntryNumbers'
>

function entries(
  problem: BundleProblem,
  pointStart: Int32Array,
  obsImage: Int32Array,
  poseBlock: Int32Array,
  cameraBlock: Int32Array,
  blockRow: Int32Array,
): Entries {
  const points = pointStart.length - 1
  const blocks = blockRow.length - 1
  const observations = obsImage.length
  const entryStart = new Int32Array(points + 1)
  // At most one entry for the pose and one for the camera of each observation.
  const entryBlock = new Int32Array(2 * observations)
  const entryOffset = new Int32Array(2 * observations + 1)
  const obsPoseEntry = new Int32Array(observations).fill(-1)
  const obsCameraEntry = new Int32Array(observations).fill(-1)
  // Which point touched a block last, and in which entry.
  const touchedBy = new Int32Array(blocks).fill(-1)
  const entryOf = new Int32Array(blocks)
  const touched: number[] = []
  let count = 0
  let maxEntries = 0
  let maxEntryNumbers = 0
  for (let p = 0; p < points; p++) {
    entryStart[p] = count
    if (problem.pointFixed?.[p] === 1) continue
    touched.length = 0
    for (let k = pointStart[p]; k < pointStart[p + 1]; k++) {
      for (const block of [poseBlock[obsImage[k]], cameraBlock[problem.imageCamera[obsImage[k]]]]) {
        if (block < 0 || touchedBy[block] === p) continue
        touchedBy[block] = p
        touched.push(block)
      }
    }
    touched.sort((a, b) => a - b)
    for (const block of touched) {
      entryBlock[count] = block
      entryOf[block] = entryOffset[count]
      entryOffset[count + 1] = entryOffset[count] + 3 * (blockRow[block + 1] - blockRow[block])
      count++
    }
    maxEntries = Math.max(maxEntries, count - entryStart[p])
    maxEntryNumbers = Math.max(maxEntryNumbers, entryOffset[count] - entryOffset[entryStart[p]])
    for (let k = pointStart[p]; k < pointStart[p + 1]; k++) {
      const pose = poseBlock[obsImage[k]]
      const camera = cameraBlock[problem.imageCamera[obsImage[k]]]
      if (pose >= 0) obsPoseEntry[k] = entryOf[pose]
      if (camera >= 0) obsCameraEntry[k] = entryOf[camera]
    }
  }
  entryStart[points] = count
  return {
    entryStart,
    entryBlock: entryBlock.slice(0, count),
    entryOffset: entryOffset.slice(0, count + 1),
    obsPoseEntry,
    obsCameraEntry,
    maxEntries,
    maxEntryNumbers,
  }
}
