import path from 'node:path'
import type { LabelledImages } from '@epipole/learn'
import { openImages } from 'epipole/node'

export interface Split {
  readonly train: LabelledImages
  readonly test: LabelledImages
}

const FOLDER = path.join(process.env.EPIPOLE_DATA ?? '../shared/data', 'learning')

/** The data of the benchmarks, decoded. */
export async function loadData(which: 'fashion' | 'cifar'): Promise<Split> {
  const from = path.join(FOLDER, which === 'fashion' ? 'fashion-mnist' : 'cifar10-jpeg-subset.tar.gz')
  const { train, test } = await openImages(from, { workers: 1 })
  if (!test) throw new Error(`${from} has no test images.`)
  return { train, test }
}

/** All pixels and labels in one array each, for the peer. */
export async function flat(images: LabelledImages): Promise<{ pixels: Uint8Array; labels: Uint8Array }> {
  const size = images.shape.reduce((a, b) => a * b, 1)
  const pixels = new Uint8Array(images.count * size)
  for (let i = 0; i < images.count; i++) pixels.set(await images.image(i), i * size)
  return { pixels, labels: Uint8Array.from({ length: images.count }, (_, i) => images.label(i)) }
}
