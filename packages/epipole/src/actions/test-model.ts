import { createPool, defaultWorkers, EpipoleError, type OnEvent } from '@epipole/core'
import type { Device } from '@epipole/graph'
import { type Evaluation, evaluateClassifier } from '@epipole/learn'
import { createEpipoleWorker } from '#platform'
import { openImages } from '../images/open-images.node.js'
import { openDevice } from '../learning/device.node.js'
import { loadModel } from '../learning/load-model.node.js'
import { tasks } from '../tasks/tasks.js'

export interface TestModelOptions {
  readonly skipDamaged?: boolean
  readonly workers?: number
  readonly device?: Device
  readonly onEvent?: OnEvent
  readonly signal?: AbortSignal
}

export interface TestModelResult extends Omit<Evaluation, 'logits'> {
  readonly classes: readonly string[]
}

/** How a trained model does on labelled images: the data's test images where it has some, else all. */
export async function testModel(model: string, data: string, options: TestModelOptions = {}): Promise<TestModelResult> {
  const { workers = defaultWorkers(), signal, onEvent, skipDamaged = false } = options
  const { file, net, variables } = await loadModel(model)
  const [channels, height, width] = file.preparation.shape
  const pool = createPool<typeof tasks>({
    workers,
    tasks,
    createWorker: createEpipoleWorker,
    ...(signal && { signal }),
  })
  const device = options.device ?? (await openDevice())
  try {
    const reading = { pool, channels: channels as 1 | 3, size: [height, width] as const, skipDamaged }
    const sets = await openImages(data, { ...reading, ...(onEvent && { onEvent }), ...(signal && { signal }) })
    const images = sets.test ?? sets.train
    if (images.classes.join('\0') !== file.classes.join('\0'))
      throw new EpipoleError(
        'input',
        `The model knows the classes ${file.classes.join(', ')}; the data has ${images.classes.join(', ')}.`,
      )
    if (`${images.shape}` !== `${file.preparation.shape}`)
      throw new EpipoleError('input', `The model takes ${file.preparation.shape}, the images are ${images.shape}.`)
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
  } finally {
    await pool.close()
    if (!options.device) await device.close()
  }
}
