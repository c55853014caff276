import { createPool, EpipoleError, StageProgress, throwIfAborted } from '@epipole/core'
import type { BoardSize, Chessboard } from '@epipole/features'
import type { BoardView } from '@epipole/geometry'
import { createEpipoleWorker, defaultWorkers } from '#platform'
import type { Photo, PhotoSet } from '../photos/photo.js'
import type { BoardPhoto } from '../tasks/board.js'
import { tasks } from '../tasks/tasks.js'
import type { CalibratedPhoto, CalibrateOptions } from './calibrate.js'
import { boardVerdict, otherSize } from './calibration-verdicts.js'

/** The boards of the photos of one camera. */
export interface Boards {
  /** In the order of the set, then those refused before. */
  readonly photos: readonly CalibratedPhoto[]
  readonly views: readonly BoardView[]
  /** Index of a photo's view. Not by name, since photos from several folders may share a name. */
  readonly viewOf: ReadonlyMap<CalibratedPhoto, number>
  /** Of the photos, in pixels; absent where no board was found. */
  readonly size: { readonly width: number; readonly height: number } | undefined
}

/** @throws EpipoleError `usage` for a board or a square that is none, `io`, `aborted` */
export async function boardsOf(set: PhotoSet, options: CalibrateOptions): Promise<Boards> {
  const { board, square = 1, signal } = options
  if (!(square > 0 && square < Number.POSITIVE_INFINITY)) {
    throw new EpipoleError('usage', `The side of a square must be a positive number, not ${square}.`, { square })
  }
  throwIfAborted(signal)
  const found = await findBoards(set.photos, options)
  const size = commonSize(found)
  const views: BoardView[] = []
  const viewOf = new Map<CalibratedPhoto, number>()
  const photos: CalibratedPhoto[] = []
  for (const photo of found) {
    const verdict = 'verdict' in photo ? photo.verdict : (otherSize(photo, size) ?? boardVerdict(photo.board))
    const used = verdict.test === 'board-found'
    const entry = { name: photo.name, used, verdict }
    if (used && 'board' in photo && photo.board.ok) {
      viewOf.set(entry, views.length)
      views.push({ board: boardPoints(board, square), pixels: photo.board.corners })
    }
    photos.push(entry)
  }
  for (const { name, verdict } of set.refused) photos.push({ name, used: false, verdict })
  return { photos, views, viewOf, size }
}

/** Names of the photos of the views, in the views' order. */
export function namesOf(viewOf: Boards['viewOf']): string[] {
  return [...viewOf.keys()].map((photo) => photo.name)
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
