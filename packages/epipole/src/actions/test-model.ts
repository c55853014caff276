import { EpipoleError, type OnEvent } from '@epipole/core'
import { type Evaluation, evaluateClassifier } from '@epipole/learn'
import { loadModel } from '../learning/load-model.node.js'
import { openModelImages } from '../learning/model-images.node.js'
import { type RuntimeOptions, withRuntime } from '../learning/runtime.node.js'

export interface TestModelOptions extends RuntimeOptions {
  readonly skipDamaged?: boolean
  readonly onEvent?: OnEvent
}

export interface TestModelResult extends Omit<Evaluation, 'logits'> {
  readonly classes: readonly string[]
}

/** How a trained model does on labelled images, brought to its size: the data's test images where it has some, else all. */
export async function testModel(model: string, data: string, options: TestModelOptions = {}): Promise<TestModelResult> {
  const { signal } = options
  const { file, net, variables } = await loadModel(model)
  return withRuntime(options, async ({ pool, device }) => {
    const sets = await openModelImages(file, data, { ...options, pool })
    const images = sets.test ?? sets.train
    if (images.classes.join('\0') !== file.classes.join('\0'))
      throw new EpipoleError(
        'input',
        `The model knows the classes ${file.classes.join(', ')}; the data has ${images.classes.join(', ')}.`,
      )
    const { logits: _, ...rest } = await evaluateClassifier({
      net,
      variables,
      images,
      preparation: file.preparation,
      device,
      makeBatch: (payload) => pool.run('makeBatch', payload),
      ...(signal && { signal }),
    })
    return { ...rest, classes: file.classes }
  })
}
