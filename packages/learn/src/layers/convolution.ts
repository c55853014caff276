import { EpipoleError } from '@epipole/core'
import { add, conv2d as convolve, convTranspose2d as convolveTransposed, reshape, type Tensor } from '@epipole/graph'
import { uniform } from '../initialisers/initialisers.js'
import type { Initialiser, Layer } from './layer.js'
import { sequential } from './sequential.js'

type Pair = number | readonly [number, number]

export interface Conv2dLayerOptions {
  /** Size of the window: one number, or rows and columns. */
  readonly kernel: Pair
  /** Default 1. */
  readonly stride?: Pair
  /**
   * Zeros around the image; default 0. `'same'` pads by dilation · (k − 1) in total, the odd one right and below, so that the
   * result has ⌈size / stride⌉ places.
   */
  readonly padding?: Pair | 'same'
  /** Distance of the window's elements; default 1. */
  readonly dilation?: Pair
  /** Groups of channels that do not see each other; default 1, the number of channels for depthwise convolution. */
  readonly groups?: number
  /** Whether there is one (of no use before a normalisation), or how it starts; default uniform in ±1/√fan-in, PyTorch's. */
  readonly bias?: boolean | Initialiser
  /** Default uniform in ±1/√fan-in, PyTorch's. */
  readonly initialise?: Initialiser
}

const pair = (value: Pair): readonly [number, number] => (typeof value === 'number' ? [value, value] : value)

function checkKernel(options: Conv2dLayerOptions | undefined): void {
  const sizes = options?.kernel === undefined ? [] : pair(options.kernel)
  if (sizes.length !== 2 || !sizes.every((k) => Number.isInteger(k) && k > 0))
    throw new EpipoleError(
      'usage',
      `A kernel of ${options?.kernel}: give one whole number from 1, or rows and columns, as in { kernel: 3 }.`,
    )
}

/** Total padding that keeps a map's size at stride 1, for one axis: dilation · (kernel − 1). */
export const samePadding = (kernel: number, dilation = 1): number => dilation * (kernel - 1)

/** Top, left, bottom, right. */
export function paddingOf({ kernel, padding = 0, dilation = 1 }: Conv2dLayerOptions): [number, number, number, number] {
  if (padding !== 'same') return [...pair(padding), ...pair(padding)] as [number, number, number, number]
  const total = pair(kernel).map((k, i) => samePadding(k, pair(dilation)[i]))
  const before = total.map((t) => Math.floor(t / 2))
  return [before[0], before[1], total[0] - before[0], total[1] - before[1]]
}

function checkGroups(inputs: number, outputs: number, groups: number): void {
  if (!(Number.isInteger(groups) && groups >= 1 && inputs % groups === 0 && outputs % groups === 0))
    throw new EpipoleError('usage', `${inputs} and ${outputs} channels do not divide into ${groups} groups.`)
}

const addBias = (y: Tensor, bias: Tensor | undefined): Tensor =>
  bias === undefined ? y : add(y, reshape(bias, [1, -1, 1, 1]))

/** The weight and, unless told not, the bias of a convolution, in PyTorch's layout and with its start. */
function convParams(shape: readonly [number, number], outputs: number, options: Conv2dLayerOptions): Layer['params'] {
  const { bias = true, kernel } = options
  const [kH, kW] = pair(kernel)
  const bound = uniform(1 / Math.sqrt(shape[1] * kH * kW))
  return {
    weight: { shape: [...shape, kH, kW], initialise: options.initialise ?? bound },
    ...(bias !== false && { bias: { shape: [outputs], initialise: bias === true ? bound : bias } }),
  }
}

/**
 * Convolution of images [N, inputs, H, W] to [N, outputs, oH, oW], oH = ⌊(H + pads − dilation·(k − 1) − 1) / stride⌋ + 1.
 * `weight` [outputs, inputs / groups, kH, kW], `bias` [outputs]. Strided, dilated, grouped and 1×1 are options of it.
 */
export function conv2d(inputs: number, outputs: number, options: Conv2dLayerOptions): Layer {
  checkKernel(options)
  const { stride = 1, dilation = 1, groups = 1 } = options
  checkGroups(inputs, outputs, groups)
  const padding = paddingOf(options)
  return {
    kind: 'conv2d',
    options: { inputs, outputs, kernel: pair(options.kernel), stride: pair(stride), padding, dilation, groups },
    params: convParams([outputs, inputs / groups], outputs, options),
    forward: ({ params }, x) => addBias(convolve(x, params.weight, { stride, dilation, groups, padding }), params.bias),
  }
}

export interface ConvTranspose2dOptions extends Conv2dLayerOptions {
  readonly padding?: Pair
  /** Rows and columns added at the end, which tell apart the sizes that a stride maps to one; default 0. */
  readonly outputPadding?: Pair
}

/**
 * Transposed convolution: [N, inputs, H, W] to [N, outputs, (H − 1)·stride − pads + dilation·(kH − 1) + 1 + outputPadding, …].
 * `weight` [inputs, outputs / groups, kH, kW], `bias` [outputs].
 */
export function convTranspose2d(inputs: number, outputs: number, options: ConvTranspose2dOptions): Layer {
  checkKernel(options)
  const { stride = 1, padding = 0, dilation = 1, groups = 1, outputPadding = 0 } = options
  checkGroups(inputs, outputs, groups)
  return {
    kind: 'convTranspose2d',
    options: { inputs, outputs, kernel: pair(options.kernel), stride: pair(stride), padding, dilation, groups },
    params: convParams([inputs, outputs / groups], outputs, options),
    forward: ({ params }, x) =>
      addBias(convolveTransposed(x, params.weight, { stride, padding, dilation, groups, outputPadding }), params.bias),
  }
}

/** Each channel convolved on its own (`groups` = channels). */
export const depthwiseConv2d = (channels: number, options: Omit<Conv2dLayerOptions, 'groups'>): Layer =>
  conv2d(channels, channels, { ...options, groups: channels })

/**
 * Depthwise separable convolution: space first (`depthwise`), channels then (`pointwise`, 1×1). Against a regular convolution
 * with N outputs and a K × K window it takes 1/N + 1/K² of the multiplications (Howard et al. 2017, §3.1).
 */
export const separableConv2d = (inputs: number, outputs: number, options: Omit<Conv2dLayerOptions, 'groups'>): Layer =>
  sequential({
    depthwise: depthwiseConv2d(inputs, options),
    pointwise: conv2d(inputs, outputs, { kernel: 1, bias: options.bias, initialise: options.initialise }),
  })
