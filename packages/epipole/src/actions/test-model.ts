import type { OnEvent } from '@epipole/core'
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

/**
 * How a trained model does on labelled images, brought to its size: the data's test images where it has some, else all. They may
 * be of some of its classes only.
 *
 * @throws EpipoleError `input` where the model or images cannot be used, or are of a class it does not know; `io`, `aborted`
 */
export async function testModel(model: string, data: string, options: TestModelOptions = {}): Promise<TestModelResult> {
  const { signal } = options
  const { file, net, variables } = await loadModel(model)
  return withRuntime(options, async ({ pool, device }) => {
    const sets = await openModelImages(file, data, { ...options, pool })
    const images = sets.test ?? sets.train
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
