import { createPool, defaultWorkers, EpipoleError } from '@epipole/core'
import { createEpipoleWorker } from '#platform'
import { tasks } from '../tasks/tasks.js'
import { cifarSets, looksLikeCifar } from './cifar-sets.js'
import { type FolderImagesOptions, folderImages } from './folder-images.js'
import { idxSets, looksLikeIdx } from './idx-sets.js'
import type { ImageSets } from './image-sets.js'
import { emptyFolders, listData } from './listing.node.js'

export interface OpenImagesOptions extends Omit<FolderImagesOptions, 'pool'> {
  /** Decodes images; it must live as long as they are read. Without it all images are decoded at once and kept. */
  readonly pool?: FolderImagesOptions['pool']
  /** Threads to decode with where no pool is given; default one a core. */
  readonly workers?: number
}

/**
 * Opens labelled images: class folders, MNIST's IDX files or CIFAR's batches, in a folder or a tar archive, told by their
 * names.
 */
export async function openImages(from: string, options: OpenImagesOptions = {}): Promise<ImageSets> {
  const files = await listData(from)
  if (looksLikeIdx(files)) return idxSets(files, options)
  if (looksLikeCifar(files)) return cifarSets(files, options)
  const empty = options.unlabelled ? [] : await emptyFolders(from)
  if (empty.length > 0)
    throw new EpipoleError('input', `Class folder ${empty[0]} is empty: put images into it, or remove it.`, { empty })
  if (files.length === 0) throw new EpipoleError('input', `${from} is empty.`, { path: from })
  if (options.pool) return folderImages(files, { ...options, pool: options.pool })
  const workers = options.workers ?? defaultWorkers()
  const pool = createPool<typeof tasks>({ workers, tasks, createWorker: createEpipoleWorker })
  try {
    // The pool ends here, so that everything must fit in memory.
    return await folderImages(files, { ...options, pool, memory: Number.POSITIVE_INFINITY })
  } finally {
    await pool.close()
  }
}
