import { readFile } from 'node:fs/promises'
import { EpipoleError, isEpipoleError } from '@epipole/core'
import { type Device, f32, ndArray } from '@epipole/graph'
import { compileModel, makeBatch } from '@epipole/learn'
import { openDevice } from '../learning/device.node.js'
import { loadModel } from '../learning/load-model.node.js'
import { inputError } from '../store/io-error.node.js'
import { decodeImage } from '../tasks/decode-image.js'

export interface Prediction {
  readonly image: string
  /** Classes with their probabilities, likeliest first. */
  readonly classes: readonly { readonly name: string; readonly probability: number }[]
}

/** What a trained model says of image files. Throws `input`, with its name, for one that is missing or damaged. */
export async function predict(
  model: string,
  images: readonly string[],
  options: { readonly device?: Device } = {},
): Promise<Prediction[]> {
  const { file, net, variables } = await loadModel(model)
  const { shape } = file.preparation
  const device = options.device ?? (await openDevice())
  try {
    const specs = { image: f32(1, ...shape) }
    const compiled = await compileModel(net, variables, specs, (apply, { image }) => ({ logits: apply(image) }), device)
    try {
      const results: Prediction[] = []
      for (const image of images) {
        const bytes = await readFile(image).catch((error: unknown) => {
          throw inputError(error, image, 'open the image')
        })
        const { planes } = await decodeImage({
          name: image,
          bytes,
          channels: shape[0] as 1 | 3,
          size: [shape[1], shape[2]],
        }).catch((error: unknown) => {
          if (!isEpipoleError(error) || error.code !== 'input') throw error
          throw new EpipoleError('input', `${image}: ${error.message}`, { ...error.details, image }, { cause: error })
        })
        const data = makeBatch({ images: [planes], keys: [0], seed: 0, epoch: 0, preparation: file.preparation })
        const { logits } = await compiled.run({ image: ndArray(data, [1, ...shape]) })
        results.push({ image, classes: ranked(logits?.data ?? [], file.classes) })
      }
      return results
    } finally {
      await compiled.close()
    }
  } finally {
    if (!options.device) await device.close()
  }
}

function ranked(logits: ArrayLike<number>, classes: readonly string[]): Prediction['classes'] {
  const most = Math.max(...Array.from(logits))
  const powers = Array.from(logits, (v) => Math.exp(v - most))
  const sum = powers.reduce((a, b) => a + b, 0)
  return classes
    .map((name, i) => ({ name, probability: (powers[i] as number) / sum }))
    .sort((a, b) => b.probability - a.probability)
}
