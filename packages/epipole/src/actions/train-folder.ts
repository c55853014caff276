import path from 'node:path'
import { openImages } from '../images/open-images.node.js'
import { type RuntimeOptions, withRuntime } from '../learning/runtime.node.js'
import { type TrainFolderResult, type TrainImagesOptions, trainImages } from './train-images.js'

/** How images are opened for training. */
export interface TrainDataOptions {
  /** Side of the squares that images are brought to; without it they must be of one size. */
  readonly size?: number
  /** One channel in place of the images' own. */
  readonly gray?: boolean
  readonly skipDamaged?: boolean
}

export interface TrainFolderOptions extends TrainImagesOptions, TrainDataOptions, RuntimeOptions {
  /** Default `./<data>-model`. */
  readonly out?: string
  // Said by two of the above.
  readonly signal?: AbortSignal
}

/**
 * Trains a classifier on a folder (or archive) of labelled images. Checkpoints lie in `out`: stopped in any way, the same call
 * goes on and ends with the same bits on the same machine; with `seconds` the clock decides besides how far it comes.
 *
 * @throws EpipoleError `input` where the data cannot be used, `usage` where options or images are not those of an earlier run in
 *   `out`, `io`, `aborted`
 */
export async function trainFolder(data: string, options: TrainFolderOptions = {}): Promise<TrainFolderResult> {
  const out = path.resolve(options.out ?? `${nameOfData(data)}-model`)
  return withRuntime(options, async (runtime) => {
    const sets = await openImages(data, { ...openingOptions(options), pool: runtime.pool })
    return trainImages(sets, out, runtime, options)
  })
}

/** The name of a data set's folder or archive, without what says that it is one. */
export const nameOfData = (data: string): string =>
  path.basename(path.resolve(data)).replace(/\.(tar|tgz|tar\.gz)$/, '')

/** What `openImages` is told for training. */
export function openingOptions({
  size,
  gray,
  skipDamaged = false,
  onEvent,
  signal,
}: TrainDataOptions & Pick<TrainFolderOptions, 'onEvent' | 'signal'>) {
  return {
    ...(size !== undefined && { size: [size, size] as const }),
    ...(gray && { channels: 1 as const }),
    skipDamaged,
    ...(onEvent && { onEvent }),
    ...(signal && { signal }),
  }
}
