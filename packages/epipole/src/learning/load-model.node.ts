import { access, readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { EpipoleError, randomStream } from '@epipole/core'
import { initialise, type Layer, loadWeights, modelArrays, readSafetensors, type Variables } from '@epipole/learn'
import { compareNames } from '../photos/photo.js'
import { inputError } from '../store/io-error.node.js'
import { checkpointFolder } from './checkpoint-folder.node.js'
import { type ModelFile, parseModelFile } from './model-file.js'
import { modelFor } from './recipe.js'

export interface LoadedModel {
  readonly file: ModelFile
  readonly net: Layer
  readonly variables: Variables
}

export interface LoadOptions {
  /** Takes the last weights in any case. */
  readonly last?: boolean
}

/** A model's folder with the checkpoint that is used: the best, or the last one where there is no best. */
export interface OpenedModel {
  readonly file: ModelFile
  /** The checkpoint's path and bytes. */
  readonly checkpoint: string
  readonly bytes: Uint8Array
}

/** @throws EpipoleError `input` where the folder holds no model, a damaged one, or one without weights; `io` */
export async function openModel(folder: string, { last = false }: LoadOptions = {}): Promise<OpenedModel> {
  const at = path.join(folder, 'model.json')
  const text = await readFile(at, 'utf8').catch(async (error: unknown) => {
    await nameModelsBelow(folder)
    throw inputError(error, at, 'open the model')
  })
  const file = parseModelFile(text, at)
  const checkpoints = checkpointFolder(folder)
  const best = last ? undefined : await checkpoints.read('best')
  const bytes = best ?? (await checkpoints.read('last'))
  if (!bytes) throw new EpipoleError('input', `${folder} has no weights yet: train first.`, { folder })
  return { file, checkpoint: path.join(folder, `${best ? 'best' : 'last'}.safetensors`), bytes }
}

/** An `input` error that names the models below a folder, where there are some, as after `train --seeds` and `sweep`. */
export async function nameModelsBelow(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => [])
  const has = (name: string) =>
    access(path.join(folder, name, 'model.json')).then(
      () => true,
      () => false,
    )
  const below = await Promise.all(names.sort(compareNames).map(async (name) => ((await has(name)) ? [name] : [])))
  const models = below.flat()
  if (models.length === 0) return
  const some = models.slice(0, 5).map((name) => path.join(folder, name))
  throw new EpipoleError(
    'input',
    `${folder} is no model, but holds some: take one of ${some.join(', ')}${models.length > some.length ? ', …' : ''}.`,
    { folder, models },
  )
}

/**
 * A trained model from its folder: its best weights, or the last ones where there are no best.
 *
 * @throws EpipoleError `input` where the folder holds no model, a damaged one, or one without weights; `io`
 */
export async function loadModel(folder: string, options: LoadOptions = {}): Promise<LoadedModel> {
  const { file, checkpoint, bytes } = await openModel(folder, options)
  const net = modelFor(file.model, file.preparation.shape, file.classes.length, file.quantize)
  const { tensors } = readSafetensors(bytes, checkpoint)
  const { variables } = loadWeights(initialise(net, randomStream(0)), modelArrays(tensors), { file: checkpoint })
  return { file, net, variables }
}
