import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { EpipoleError, randomStream } from '@epipole/core'
import { initialise, type Layer, loadWeights, modelArrays, readSafetensors, type Variables } from '@epipole/learn'
import { inputError } from '../store/io-error.node.js'
import { checkpointFolder } from './checkpoint-folder.node.js'
import { type ModelFile, parseModelFile } from './model-file.js'
import { modelFor } from './recipe.js'

export interface LoadedModel {
  readonly file: ModelFile
  readonly net: Layer
  readonly variables: Variables
}

/**
 * A trained model from its folder: its best weights, or the last ones where there are no best.
 *
 * @param last takes the last weights in any case
 * @throws EpipoleError `input` where the folder holds no model, a damaged one, or one without weights; `io`
 */
export async function loadModel(folder: string, { last = false } = {}): Promise<LoadedModel> {
  const at = path.join(folder, 'model.json')
  const text = await readFile(at, 'utf8').catch((error: unknown) => {
    throw inputError(error, at, 'open the model')
  })
  const file = parseModelFile(text, at)
  const checkpoints = checkpointFolder(folder)
  const best = last ? undefined : await checkpoints.read('best')
  const bytes = best ?? (await checkpoints.read('last'))
  if (!bytes) throw new EpipoleError('input', `${folder} has no weights yet: train first.`, { folder })
  const net = modelFor(file.model, file.preparation.shape, file.classes.length, file.quantize)
  const { tensors } = readSafetensors(bytes, path.join(folder, `${best ? 'best' : 'last'}.safetensors`))
  const { variables } = loadWeights(initialise(net, randomStream(0)), modelArrays(tensors))
  return { file, net, variables }
}
