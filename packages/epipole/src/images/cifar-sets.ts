import { EpipoleError } from '@epipole/core'
import { readCifar } from '@epipole/learn'
import { fingerprintArrays } from './fingerprint.js'
import { fitImages, type ImageForm } from './fit-images.js'
import type { ImageSets } from './image-sets.js'
import { type DataFile, unpacked } from './listing.node.js'

const TRAIN = /(^|\/)(data_batch_\d+|train)\.bin(\.gz)?$/
const TEST = /(^|\/)test(_batch)?\.bin(\.gz)?$/

export const looksLikeCifar = (files: readonly DataFile[]): boolean => files.some(({ name }) => TRAIN.test(name))

const NAMES = /(^|\/)(batches\.meta|fine_label_names)\.txt$/

/**
 * CIFAR's binary batches: `data_batch_1.bin` … and `test_batch.bin` (10), `train.bin` and `test.bin` (100). Classes have the names
 * of `batches.meta.txt` or `fine_label_names.txt`, where it lies beside them.
 */
export async function cifarSets(files: readonly DataFile[], form: ImageForm = {}): Promise<ImageSets> {
  const named = files.find(({ name }) => NAMES.test(name))
  const classes =
    named &&
    new TextDecoder()
      .decode(await named.bytes())
      .split(/\s+/)
      .filter(Boolean)
  const read = async (pattern: RegExp) => {
    const chosen = files.filter(({ name }) => pattern.test(name)).sort((a, b) => (a.name < b.name ? -1 : 1))
    const labels = chosen.some(({ name }) => /(^|\/)(train|test)\.bin/.test(name)) ? 2 : 1
    const parts = await Promise.all(chosen.map(async (file) => ({ name: file.name, bytes: await unpacked(file) })))
    return parts.length === 0 ? undefined : readCifar(parts, { labels, ...(classes && { classes }) })
  }
  const train = await read(TRAIN)
  if (!train) throw new EpipoleError('input', 'There are no training batches: data_batch_1.bin is missing.')
  const test = await read(TEST)
  return {
    train: fitImages(train, form),
    ...(test && { test: fitImages(test, form) }),
    fingerprint: await fingerprintArrays([train, test]),
    form: 'CIFAR',
    refused: [],
  }
}
