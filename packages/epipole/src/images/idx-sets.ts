import { EpipoleError } from '@epipole/core'
import { type ArrayImages, arrayImages, readIdx } from '@epipole/learn'
import { fingerprintArrays } from './fingerprint.js'
import { fitImages, type ImageForm } from './fit-images.js'
import type { ImageSets } from './image-sets.js'
import { type DataFile, unpacked } from './listing.node.js'

const IMAGES = /(^|[/-])(train|t10k|test)-images[.-]idx3-ubyte(\.gz)?$/

export const looksLikeIdx = (files: readonly DataFile[]): boolean => files.some(({ name }) => IMAGES.test(name))

/** MNIST's layout: `train-images-idx3-ubyte`, `train-labels-idx1-ubyte`, and the same for `t10k` or `test`. */
export async function idxSets(files: readonly DataFile[], form: ImageForm = {}): Promise<ImageSets> {
  const split = async (names: readonly string[]): Promise<ArrayImages | undefined> => {
    const images = files.find(({ name }) => names.includes(IMAGES.exec(name)?.[2] ?? ''))
    if (!images) return undefined
    const wanted = images.name.replace(/images([.-])idx3-ubyte(\.gz)?$/, 'labels$1idx1-ubyte')
    const labels = files.find(({ name }) => name.replace(/\.gz$/, '') === wanted)
    if (!labels) throw new EpipoleError('input', `${images.name} has no labels: ${wanted} is missing.`)
    const { shape, data } = readIdx(await unpacked(images), images.name)
    const { shape: count, data: label } = readIdx(await unpacked(labels), labels.name)
    if (shape.length !== 3 || count.length !== 1 || shape[0] !== count[0])
      throw new EpipoleError(
        'input',
        `${images.name} is [${shape}] and ${labels.name} is [${count}]: no images with a label each.`,
      )
    return arrayImages({ pixels: data, labels: label, shape: [1, shape[1] as number, shape[2] as number] })
  }
  const train = await split(['train'])
  if (!train) throw new EpipoleError('input', 'There are no training images: train-images-idx3-ubyte is missing.')
  const test = await split(['t10k', 'test'])
  return {
    train: fitImages(train, form),
    ...(test && { test: fitImages(test, form) }),
    fingerprint: await fingerprintArrays([train, test]),
    form: 'IDX',
    refused: [],
  }
}
