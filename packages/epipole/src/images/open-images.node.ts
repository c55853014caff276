import { EpipoleError } from '@epipole/core'
import { cifarSets, looksLikeCifar } from './cifar-sets.js'
import { type FolderImagesOptions, folderImages } from './folder-images.js'
import { idxSets, looksLikeIdx } from './idx-sets.js'
import type { ImageSets } from './image-sets.js'
import { emptyFolders, listData } from './listing.node.js'

/**
 * Opens labelled images: class folders, MNIST's IDX files or CIFAR's batches, in a folder or a tar archive, told by their
 * names.
 */
export async function openImages(from: string, options: FolderImagesOptions): Promise<ImageSets> {
  const files = await listData(from)
  if (files.length === 0) throw new EpipoleError('input', `${from} is empty.`, { path: from })
  if (looksLikeIdx(files)) return idxSets(files)
  if (looksLikeCifar(files)) return cifarSets(files)
  const empty = await emptyFolders(from)
  if (empty.length > 0)
    throw new EpipoleError('input', `Class folder ${empty[0]} is empty: put images into it, or remove it.`, { empty })
  return folderImages(files, options)
}
