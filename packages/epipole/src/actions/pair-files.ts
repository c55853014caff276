import path from 'node:path'
import { EpipoleError, throwIfAborted } from '@epipole/core'
import { writeFiles } from '../outputs/write-files.js'
import { openPhotoFile } from '../photos/open-photo-file.node.js'
import { pairSvg } from '../report/pair-svg.js'
import { checkIntrinsicsSize } from './check-intrinsics-size.js'
import { type PairOptions, type PairResult, pairPhotos } from './pair.js'
import type { GivenIntrinsics } from './parse-intrinsics.js'

export interface PairFilesOptions extends Omit<PairOptions, 'intrinsics' | 'thumbnail'> {
  readonly intrinsics?: GivenIntrinsics
  /** The drawing; default `./<a>-<b>.svg`. */
  readonly out?: string
}

export interface PairFilesResult extends PairResult {
  /** Absolute path of the drawing. */
  readonly svg: string
}

/**
 * Two photo files: how they relate, drawn as one SVG.
 *
 * @throws EpipoleError `input` where a photo is missing or cannot be used, `usage`, `io`, `aborted`
 */
export async function pairFiles(
  fileA: string,
  fileB: string,
  options: PairFilesOptions = {},
): Promise<PairFilesResult> {
  const { out, ...rest } = options
  const svg = path.resolve(out ?? defaultSvg(fileA, fileB))
  if ([fileA, fileB].some((file) => path.resolve(file) === svg)) {
    throw new EpipoleError('usage', `--out ${out} is one of the photos; it would be overwritten.`, { path: svg })
  }
  const [a, b] = [await openPhotoFile(fileA), await openPhotoFile(fileB)]
  checkIntrinsicsSize([a, b], options.intrinsics)
  const result = await pairPhotos(a, b, rest)
  throwIfAborted(options.signal)
  await writeFiles(new Map([[svg, new TextEncoder().encode(pairSvg(result))]]))
  return { ...result, svg }
}

/** In the folder one is in, named by both photos. */
function defaultSvg(fileA: string, fileB: string): string {
  const [a, b] = [fileA, fileB].map((file) => path.parse(file).name)
  return `${a}-${b}.svg`
}
