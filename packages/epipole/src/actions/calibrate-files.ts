import { stat } from 'node:fs/promises'
import path from 'node:path'
import { EpipoleError, throwIfAborted } from '@epipole/core'
import { type Camera, cameraModelInfo } from '@epipole/geometry'
import { writeFiles } from '../outputs/write-files.js'
import { openPhotoFile } from '../photos/open-photo-file.node.js'
import { openPhotos } from '../photos/open-photos.js'
import type { PhotoSet } from '../photos/photo.js'
import { type CalibrateOptions, type CalibrateResult, calibrate } from './calibrate.js'

export interface CalibrateFilesOptions extends CalibrateOptions {
  /** COLMAP's `cameras.txt` of the found camera. Default `./<folder>-cameras.txt`, or `./cameras.txt` for single photos. */
  readonly out?: string
}

export interface CalibrateFilesResult extends CalibrateResult {
  /** Absolute path of the written file; absent where nothing was calibrated. */
  readonly file?: string
}

/**
 * Calibrates from a folder of photos, or from photos given one by one, and writes the camera as `--intrinsics` and COLMAP read
 * it.
 *
 * @throws EpipoleError `input` where a path is missing or a single photo cannot be used, `usage`, `io`, `aborted`
 */
export async function calibrateFiles(
  paths: readonly string[],
  options: CalibrateFilesOptions,
): Promise<CalibrateFilesResult> {
  const { out, ...rest } = options
  const { set, fallback } = await openAll(paths)
  const file = path.resolve(out ?? fallback)
  if (paths.some((photo) => path.resolve(photo) === file)) {
    throw new EpipoleError('usage', `--out ${out} is one of the photos; it would be overwritten.`, { path: file })
  }
  const result = await calibrate(set, rest)
  throwIfAborted(options.signal)
  if (!result.camera) return result
  await writeFiles(new Map([[file, new TextEncoder().encode(camerasText([result.camera]))]]))
  return { ...result, file }
}

export async function openAll(paths: readonly string[]): Promise<{ set: PhotoSet; fallback: string }> {
  const [first] = paths
  if (first !== undefined && paths.length === 1 && (await isFolder(first))) {
    const set = await openPhotos(first)
    return { set, fallback: `${set.name}-cameras.txt` }
  }
  const photos = []
  for (const file of paths) photos.push(await openPhotoFile(file))
  return { set: { name: 'photos', photos, refused: [], ignored: [] }, fallback: 'cameras.txt' }
}

export async function isFolder(file: string): Promise<boolean> {
  // What is missing or closed to us is told by whoever opens it.
  const found = await stat(file).catch(() => undefined)
  return found === undefined || found.isDirectory()
}

/** Cameras of one model in COLMAP's text form, each number in the shortest form that reads back the same. */
export function camerasText(cameras: readonly Camera[]): string {
  const names = cameraModelInfo(cameras[0]!.model).paramNames.join(' ')
  const lines = cameras.map(
    ({ model, width, height, params }, i) => `${i + 1} ${model} ${width} ${height} ${params.join(' ')}\n`,
  )
  return `# CAMERA_ID MODEL WIDTH HEIGHT PARAMS[] (${names}); the centre of the top-left pixel is (0.5, 0.5)\n${lines.join('')}`
}
