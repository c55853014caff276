import { createPool, EpipoleError, type OnEvent, StageProgress, throwIfAborted } from '@epipole/core'
import type { BoardSize, Chessboard } from '@epipole/features'
import { type BoardView, type Calibration, type Camera, type CameraModel, calibratePlanar } from '@epipole/geometry'
import type { Verdict } from '@epipole/sfm'
import { createEpipoleWorker, defaultWorkers } from '#platform'
import type { Photo, PhotoSet } from '../photos/photo.js'
import type { BoardPhoto } from '../tasks/board.js'
import { tasks } from '../tasks/tasks.js'
import { boardVerdict, calibrationVerdict, otherSize } from './calibration-verdicts.js'

export interface CalibrateOptions {
  /** Inner corners: a board of 10 × 7 squares has 9 columns and 6 rows of them. */
  readonly board: BoardSize
  /** Side of a square, in any unit; distances to the board come out in it. Default 1. */
  readonly square?: number
  /** Default OPENCV. */
  readonly cameraModel?: CameraModel
  readonly signal?: AbortSignal
  readonly onEvent?: OnEvent
  /** Worker threads; 0 works in the calling thread. Default: one a core. */
  readonly workers?: number
}

/** What became of one photo. */
export interface CalibratedPhoto {
  readonly name: string
  /** Whether its corners are part of the calibration. */
  readonly used: boolean
  readonly verdict: Verdict
  /** √(mean squared distance) and largest distance of its corners from where the camera would see them, pixels. */
  readonly rmsPx?: number
  readonly maxPx?: number
  /** Distance of the camera from the board's first corner, in the unit of `square`. */
  readonly distance?: number
}

export interface CalibrateResult {
  readonly verdict: Verdict
  /** Absent where nothing could be calibrated; the verdict says why. */
  readonly camera?: Camera
  /** Of the camera's parameters. */
  readonly standardDeviation?: Float64Array
  /** parameters × parameters, row-major. */
  readonly covariance?: Float64Array
  readonly rmsPx?: number
  /** In the order of the set, then those refused before. */
  readonly photos: readonly CalibratedPhoto[]
}

/**
 * Calibrates the camera that took photos of a chessboard. "Impossible" is a result, with the verdict that says why.
 *
 * @throws EpipoleError `usage` for a board or a square that is none, `io`, `aborted`
 */
export async function calibrate(set: PhotoSet, options: CalibrateOptions): Promise<CalibrateResult> {
  const { board, square = 1, signal } = options
  if (!(square > 0 && square < Number.POSITIVE_INFINITY)) {
    throw new EpipoleError('usage', `The side of a square must be a positive number, not ${square}.`, { square })
  }
  throwIfAborted(signal)
  const found = await findBoards(set.photos, options)
  const size = commonSize(found)
  const views: BoardView[] = []
  /** Not by name, since photos from several folders may share a name. */
  const viewOf = new Map<CalibratedPhoto, number>()
  const photos: CalibratedPhoto[] = []
  for (const photo of found) {
    const refusal = 'verdict' in photo ? photo.verdict : (otherSize(photo, size) ?? boardVerdict(photo.board))
    const used = refusal.test === 'board-found'
    const entry = { name: photo.name, used, verdict: refusal }
    if (used && 'board' in photo && photo.board.ok) {
      viewOf.set(entry, views.length)
      views.push({ board: boardPoints(board, square), pixels: photo.board.corners })
    }
    photos.push(entry)
  }
  for (const { name, verdict } of set.refused) photos.push({ name, used: false, verdict })
  const model = options.cameraModel === undefined ? {} : { model: options.cameraModel }
  const calibration = calibratePlanar(views, { ...(size ?? { width: 1, height: 1 }), ...model })
  const verdict = calibrationVerdict(calibration, views.length)
  if (!calibration.ok) return { verdict, photos }
  const { camera, standardDeviation, covariance, rmsPx } = calibration
  const fits = photos.map((photo) => withFit(photo, calibration, viewOf.get(photo)))
  return { verdict, camera, standardDeviation, covariance, rmsPx, photos: fits }
}

async function findBoards(photos: readonly Photo[], options: CalibrateOptions) {
  const { board, signal, onEvent } = options
  const progress = new StageProgress('boards', { total: photos.length, unit: 'photos', onEvent })
  const workers = options.workers ?? defaultWorkers()
  const pool = createPool({ tasks, workers, createWorker: createEpipoleWorker })
  try {
    const found = await pool.map(
      photos,
      async (photo) => ({ task: 'board', payload: { name: photo.name, bytes: await photo.bytes(), board } }),
      { signal, onDone: (_, photo) => progress.advance(photo.name) },
    )
    progress.end(`${found.filter((f) => 'board' in f && f.board.ok).length} boards in ${photos.length} photos`)
    return found
  } finally {
    await pool.close()
  }
}

/** The size of most photos with a board; one camera has one. */
function commonSize(photos: readonly object[]): { readonly width: number; readonly height: number } | undefined {
  const counts = new Map<string, { width: number; height: number; count: number }>()
  for (const photo of photos as (BoardPhoto | { board?: Chessboard })[]) {
    if (!('width' in photo) || !photo.board.ok) continue
    const { width, height } = photo
    const entry = counts.get(`${width} ${height}`) ?? { width, height, count: 0 }
    counts.set(`${width} ${height}`, { ...entry, count: entry.count + 1 })
  }
  const [most] = [...counts.values()].sort((a, b) => b.count - a.count)
  return most && { width: most.width, height: most.height }
}

function boardPoints({ columns, rows }: BoardSize, square: number): Float64Array {
  return Float64Array.from({ length: 2 * columns * rows }, (_, k) => {
    const corner = k >> 1
    return square * (k % 2 === 0 ? corner % columns : Math.floor(corner / columns))
  })
}

function withFit(
  photo: CalibratedPhoto,
  { views }: Calibration & { readonly ok: true },
  index: number | undefined,
): CalibratedPhoto {
  const fit = index === undefined ? undefined : views[index]
  if (!fit) return photo
  const [x, y, z] = fit.camFromBoard.t as unknown as [number, number, number]
  return { ...photo, rmsPx: fit.rmsPx, maxPx: fit.maxPx, distance: Math.sqrt(x * x + y * y + z * z) }
}
