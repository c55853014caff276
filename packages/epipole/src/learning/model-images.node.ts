import type { FolderImagesOptions } from '../images/folder-images.js'
import type { ImageSets } from '../images/image-sets.js'
import { openImages } from '../images/open-images.node.js'
import type { ModelFile } from './model-file.js'

/** Opens labelled images for a trained model: in its channels, and brought to its size. */
export function openModelImages(
  { preparation }: ModelFile,
  data: string,
  { pool, skipDamaged = false, onEvent, signal }: Omit<FolderImagesOptions, 'channels' | 'size'>,
): Promise<ImageSets> {
  const [channels, height, width] = preparation.shape
  return openImages(data, {
    pool,
    channels: channels as 1 | 3,
    size: [height, width],
    skipDamaged,
    ...(onEvent && { onEvent }),
    ...(signal && { signal }),
  })
}
