import { EpipoleError } from '@epipole/core'
import type { FolderImagesOptions } from '../images/folder-images.js'
import type { ImageSets } from '../images/image-sets.js'
import { openImages } from '../images/open-images.node.js'
import type { ModelFile } from './model-file.js'

/**
 * Opens images for a trained model: in its channels, brought to its size, labelled with its classes, of which some may be
 * missing. What is unlabelled may lie anywhere.
 *
 * @throws EpipoleError `input` where images are of a class the model does not know
 */
export async function openModelImages(
  { preparation, classes }: ModelFile,
  data: string,
  {
    pool,
    skipDamaged = false,
    unlabelled = false,
    onEvent,
    signal,
  }: Omit<FolderImagesOptions, 'channels' | 'size' | 'classes'>,
): Promise<ImageSets> {
  const [channels, height, width] = preparation.shape
  const sets = await openImages(data, {
    pool,
    ...(unlabelled ? { unlabelled } : { classes }),
    channels: channels as 1 | 3,
    size: [height, width],
    skipDamaged,
    ...(onEvent && { onEvent }),
    ...(signal && { signal }),
  })
  // Classes of IDX and CIFAR are numbers, or names in their order, up to the largest there is.
  const own = (sets.test ?? sets.train).classes
  if (!unlabelled && own.some((name, i) => name !== classes[i]))
    throw new EpipoleError(
      'input',
      `The model knows the classes ${classes.join(', ')}; the data has ${own.join(', ')}.`,
    )
  return sets
}
