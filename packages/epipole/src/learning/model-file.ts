import { EpipoleError } from '@epipole/core'
import type { Preparation } from '@epipole/learn'

/** What a trained model's folder says of itself, in `model.json`, beside `best.safetensors` and `last.safetensors`. */
export interface ModelFile {
  readonly format: 'epipole-model'
  readonly version: 1
  /** The model's name in `MODELS`. */
  readonly model: string
  readonly classes: readonly string[]
  /** Given where it was trained as integer arithmetic computes it. */
  readonly quantize?: { readonly weightBits: number; readonly activationBits: number }
  readonly preparation: Required<Pick<Preparation, 'shape' | 'mean' | 'std'>>
}

/** Reads `model.json`, which may have been edited by hand. */
export function parseModelFile(text: string, file: string): ModelFile {
  let value: Partial<ModelFile> | null = null
  try {
    value = JSON.parse(text) as Partial<ModelFile> | null
  } catch {
    // Said below.
  }
  const { preparation, classes, quantize } = value ?? {}
  const numbers = (list: unknown, length: number) =>
    Array.isArray(list) && list.length === length && list.every((v) => Number.isFinite(v))
  const ok =
    value?.format === 'epipole-model' &&
    value.version === 1 &&
    typeof value.model === 'string' &&
    Array.isArray(classes) &&
    classes.every((name) => typeof name === 'string') &&
    (quantize === undefined || numbers([quantize?.weightBits, quantize?.activationBits], 2)) &&
    numbers(preparation?.shape, 3) &&
    numbers(preparation?.mean, preparation?.shape[0] ?? 0) &&
    numbers(preparation?.std, preparation?.shape[0] ?? 0)
  if (!ok) throw new EpipoleError('input', `${file} is no model file of Epipole, or damaged.`, { file })
  return value as ModelFile
}
