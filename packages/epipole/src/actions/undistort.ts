import { realpath } from 'node:fs/promises'
import path from 'node:path'
import { createPool, EpipoleError, type OnEvent, StageProgress, throwIfAborted } from '@epipole/core'
import { type Camera, camera, isDistorted } from '@epipole/geometry'
import { type Reconstruction, undistortModel, type Verdict } from '@epipole/sfm'
import { createEpipoleWorker, defaultWorkers } from '#platform'
import { writeFiles } from '../outputs/write-files.js'
import { writeColmapModel } from '../outputs/write-model.js'
import { openPhotos } from '../photos/open-photos.js'
import type { Photo } from '../photos/photo.js'
import { encodePixels } from '../platform/pixels.node.js'
import { tasks } from '../tasks/tasks.js'
import { checkIntrinsicsSize } from './check-intrinsics-size.js'
import type { GivenIntrinsics } from './parse-intrinsics.js'
import { readModel } from './read-model.js'

export interface UndistortOptions {
  /** A COLMAP model of the photos: each is straightened by its own camera, and the model of the new ones is written beside. */
  readonly model?: string
  /** Without a model: the camera that took all photos. */
  readonly intrinsics?: GivenIntrinsics
  /** Folder for `images/` and, with a model, `sparse/0/`. */
  readonly out: string
  /** 0: no empty pixels. 1: nothing of the photos is lost. Default 0. */
  readonly alpha?: number
  readonly signal?: AbortSignal
  readonly onEvent?: OnEvent
  /** Worker threads; 0 works in the calling thread. Default: one a core. */
  readonly workers?: number
}

export interface UndistortResult {
  /** What stopped everything; absent where photos were written. */
  readonly verdict?: Verdict
  /** In the order of the set, then those refused before. `camera` is that of the new picture, absent for a refused photo. */
  readonly photos: readonly UndistortedFile[]
  /** Folder of the new pictures, and files of the new model. */
  readonly images: string
  readonly written: readonly string[]
}

export interface UndistortedFile {
  readonly name: string
  readonly camera?: Camera
  /** Part of the new picture's pixels that the photo does not show. */
  readonly empty?: number
  /** Why there is no new picture. */
  readonly verdict?: Verdict
}

/**
 * Writes photos as cameras without distortion would have taken them, of the same size and name (also in folders), and a model of
 * PINHOLE cameras beside them in which every keypoint keeps its ray: what COLMAP's `image_undistorter` gives to splatting and dense
 * stereo. With α = 0 the borders are cropped until no pixel is empty; with α = 1 everything is shown and the rest is black.
 * Photos of cameras without distortion are copied as they are; the others are encoded anew in their own format, without EXIF.
 *
 * @throws EpipoleError `input` where a photo or model is missing or they do not fit; `usage`, `io`, `aborted`
 */
export async function undistortPhotos(folder: string, options: UndistortOptions): Promise<UndistortResult> {
  const { alpha = 0, signal } = options
  const out = path.resolve(options.out)
  const images = path.join(out, 'images')
  const sparse = path.join(out, 'sparse', '0')
  if (await isSame(folder, images)) {
    throw new EpipoleError('usage', `The new pictures would overwrite the photos in ${images}; choose another --out.`, {
      out,
    })
  }
  const set = await openPhotos(folder)
  const found = options.model === undefined ? undefined : await readModel(options.model)
  if (found && (await isSame(found.folder, sparse))) {
    throw new EpipoleError('usage', `The new model would overwrite the one in ${sparse}; choose another --out.`, {
      out,
    })
  }
  const model = found?.model ?? modelOf(set.photos, options.intrinsics)
  const straight = undistortModel(model, { alpha })
  if (!straight.ok) return { verdict: straight.verdict, photos: [], images, written: [] }
  const cameras = camerasOf(set.photos, model, straight.model)
  const done = await drawAll(set.photos, cameras, images, options)
  throwIfAborted(signal)
  const written = options.model === undefined ? [] : await writeColmapModel(sparse, straight.model, 'binary')
  return { photos: [...done, ...set.refused], images, written }
}

/** Whether two paths lead to one folder, by links too. */
async function isSame(a: string, b: string): Promise<boolean> {
  const [x, y] = await Promise.all([a, b].map((file) => realpath(file).catch(() => path.resolve(file))))
  return x === y
}

/** Photos by one camera, as a model without points. */
function modelOf(photos: readonly Photo[], given: GivenIntrinsics | undefined): Reconstruction {
  if (!given)
    throw new EpipoleError(
      'usage',
      'Undistorting needs the model of the photos (--model), or the camera that took them (--intrinsics).',
    )
  checkIntrinsicsSize(photos, given)
  const [first] = photos
  const { width, height } = given.size ?? first ?? { width: 1, height: 1 }
  const { fx, fy, cx, cy, lens } = given
  const one = lens ? camera(lens.model, width, height, lens.params) : camera('PINHOLE', width, height, [fx, fy, cx, cy])
  return { cameras: new Map([[1, one]]), images: new Map(), points: new Map() }
}

interface Straightening {
  readonly from: Camera
  readonly to: Camera
}

/** The cameras of each photo, by name; none for a photo that the model does not have. */
function camerasOf(
  photos: readonly Photo[],
  { cameras, images }: Reconstruction,
  straight: Reconstruction,
): Map<string, Straightening> {
  const idOf = new Map([...images.values()].map((image) => [image.name, image.cameraId] as const))
  const found = new Map<string, Straightening>()
  for (const { name, width, height } of photos) {
    const id = images.size === 0 ? 1 : idOf.get(name)
    const [from, to] = id === undefined ? [] : [cameras.get(id), straight.cameras.get(id)]
    if (!from || !to) continue
    if (from.width !== width || from.height !== height) {
      throw new EpipoleError(
        'input',
        `${name} has ${width} × ${height} pixels, its camera ${from.width} × ${from.height}. Are these the photos of the model?`,
        { photo: name },
      )
    }
    found.set(name, { from, to })
  }
  const missing = [...idOf.keys()].filter((name) => !found.has(name))
  if (missing.length > 0) {
    throw new EpipoleError(
      'input',
      `The model has ${missing.length} photos that are not in the folder, ${missing[0]} first.`,
      { missing },
    )
  }
  return found
}

async function drawAll(
  photos: readonly Photo[],
  cameras: ReadonlyMap<string, Straightening>,
  images: string,
  { signal, onEvent, workers = defaultWorkers() }: UndistortOptions,
): Promise<UndistortedFile[]> {
  const progress = new StageProgress('undistort', { total: photos.length, unit: 'photos', onEvent })
  const pool = createPool({ tasks, workers, createWorker: createEpipoleWorker, ...(signal && { signal }) })
  const draw = async (photo: Photo): Promise<UndistortedFile> => {
    const { name, format } = photo
    const pair = cameras.get(name)
    if (!pair) return { name, verdict: notInModel(name) }
    const bytes = await photo.bytes()
    if (!isDistorted(pair.from)) {
      await writeFiles(new Map([[path.join(images, name), bytes]]))
      return { name, camera: pair.to, empty: 0 }
    }
    const drawn = await pool.run('undistort', { name, bytes, ...pair })
    if ('verdict' in drawn) return { name, verdict: drawn.verdict }
    await writeFiles(new Map([[path.join(images, name), await encodePixels(drawn, format)]]))
    return { name, camera: pair.to, empty: drawn.empty / (drawn.width * drawn.height) }
  }
  try {
    const results: UndistortedFile[] = new Array(photos.length)
    let next = 0
    const work = async () => {
      for (let i = next++; i < photos.length; i = next++) {
        throwIfAborted(signal)
        results[i] = await draw(photos[i]!)
        progress.advance(photos[i]!.name)
      }
    }
    await Promise.all(Array.from({ length: Math.max(1, workers) }, work))
    progress.end(`${results.filter((result) => result.camera).length} of ${photos.length} photos undistorted`)
    return results
  } finally {
    await pool.close()
  }
}

function notInModel(name: string): Verdict {
  const text = `${name} is not in the model; it has no pose and no camera.`
  return { test: 'not-in-model', value: 0, threshold: 1, unit: 'count', text }
}
