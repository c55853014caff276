import { EpipoleError } from '@epipole/core'
import { type Conv2dLayerOptions, conv2d, separableConv2d } from '../layers/convolution.js'
import type { Layer, LayerLike } from '../layers/layer.js'
import { mapLayers } from '../layers/variables.js'
import { describe, isRegular } from './describe.js'

/** Multiplications and weights of a regular against a depthwise separable convolution. */
export interface SeparableSaving {
  readonly regular: { readonly multiplications: number; readonly weights: number }
  readonly separable: { readonly multiplications: number; readonly weights: number }
  /** Multiplications of the separable over those of the regular one: 1/N + 1/K² for N outputs and a K × K window. */
  readonly share: number
}

/** What making a K × K convolution depthwise separable saves, with `same` padding on an image of rows × columns. */
export function separableSaving(
  inputs: number,
  outputs: number,
  kernel: number,
  [rows, columns]: readonly [number, number],
): SeparableSaving {
  if (![inputs, outputs, kernel, rows, columns].every((n) => Number.isInteger(n) && n >= 1))
    throw new EpipoleError('usage', 'Channels, kernel and image size must be whole numbers from 1.')
  const options = { kernel, padding: 'same', bias: false } as const
  const of = (layer: ReturnType<typeof conv2d>) => {
    const { multiplications, weights } = describe(layer, [inputs, rows, columns]).total
    return { multiplications, weights }
  }
  const regular = of(conv2d(inputs, outputs, options))
  const separable = of(separableConv2d(inputs, outputs, options))
  return { regular, separable, share: separable.multiplications / regular.multiplications }
}

/** The model with each of its regular convolutions (a window of several places, no groups) made depthwise separable. */
export const asSeparable = (model: LayerLike): LayerLike => mapLayers(model, (layer) => separableOf(layer) ?? layer)

function separableOf(layer: Layer): Layer | undefined {
  if (!isRegular(layer)) return undefined
  const { kernel, padding, stride, dilation, inputs, outputs } = layer.options as {
    readonly kernel: readonly [number, number]
    readonly padding: readonly [number, number, number, number]
    readonly inputs: number
    readonly outputs: number
  } & Pick<Conv2dLayerOptions, 'stride' | 'dilation'>
  const [top, left, bottom, right] = padding
  const around = top === bottom && left === right ? ([top, left] as const) : ('same' as const)
  const bias = layer.params?.bias !== undefined
  return separableConv2d(inputs, outputs, { kernel, padding: around, stride, dilation, bias })
}
