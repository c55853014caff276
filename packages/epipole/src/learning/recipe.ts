import { EpipoleError } from '@epipole/core'
import {
  type Augmentation,
  adadelta,
  adagrad,
  adam,
  adamW,
  asLayer,
  blur,
  brightness,
  contrast,
  cosine,
  crop,
  erasing,
  flatten,
  flip,
  type Layer,
  MODEL_NAMES,
  mlp,
  modelByName,
  muon,
  type Optimizer,
  oneCycle,
  type QuantizeOptions,
  quantized,
  resizedCrop,
  resNet,
  rmsprop,
  rotation,
  type Schedule,
  saturation,
  sequential,
  sgd,
  warmUp,
} from '@epipole/learn'

type Shape = readonly [number, number, number]

const OWN: Readonly<Record<string, (shape: Shape, classes: number) => Layer>> = {
  mlp: ([c, h, w], classes) => sequential({ flatten, mlp: mlp([c * h * w, 256, 128, classes]) }),
  'resnet-small': ([channels], classes) =>
    resNet({ channels, classes, stem: 'cifar', depths: [1, 1, 1], widths: [16, 32, 64] }),
}

/** Classifiers by name. */
export const MODELS: readonly string[] = [...Object.keys(OWN), ...MODEL_NAMES]

/** Classifiers of this package alone; they take images of any shape. */
export const OWN_MODELS: readonly string[] = Object.keys(OWN)

/** Bits of a quantised classifier: with 7 for weights, sums of two products fit 16 bits, which CPUs without VNNI keep. */
export const QUANTIZE = { weightBits: 7, activationBits: 8 } as const

/** A classifier by name, for images of a shape; with `quantize`, as integer arithmetic computes it. */
export function modelFor(name: string, shape: Shape, classes: number, quantize?: QuantizeOptions): Layer {
  const model = OWN[name]?.(shape, classes) ?? modelByName(name, { input: shape, classes }).model
  return quantize ? asLayer(quantized(model, quantize)) : model
}

/** Optimizers by name, each with a usual rate. */
export const OPTIMIZERS: Readonly<Record<string, { readonly rate: number; make(decay: number): Optimizer }>> = {
  sgd: { rate: 0.05, make: (decay) => sgd({ momentum: 0.9, nesterov: true, decay }) },
  adagrad: { rate: 0.01, make: (decay) => adagrad({ decay }) },
  adadelta: { rate: 1, make: (decay) => adadelta({ decay }) },
  rmsprop: { rate: 1e-3, make: (decay) => rmsprop({ decay }) },
  adam: { rate: 1e-3, make: (decay) => adam({ decay }) },
  adamw: { rate: 1e-3, make: (decay) => adamW({ decay }) },
  muon: {
    rate: 0.02,
    make: (decay) =>
      muon({ decay, rest: { decay }, hidden: (path, { shape }) => shape[0] > 16 && !/head|fc\d?\./.test(path) }),
  },
}

/** Schedules by name, over the steps of the run. */
export const SCHEDULES: Readonly<Record<string, (rate: number, steps: number) => Schedule>> = {
  constant: (rate) => () => rate,
  cosine: (rate, steps) => {
    const warm = Math.max(1, Math.round(steps / 20))
    return warmUp(cosine(rate, Math.max(1, steps - warm)), warm, 0.01)
  },
  'one-cycle': (rate, steps) => oneCycle(rate, Math.max(4, steps)),
}

/** Augmentation by name; several names are applied in order. */
export const AUGMENTATIONS: Readonly<Record<string, (size: number) => Augmentation>> = {
  flip: () => flip(),
  crop: (size) => crop(Math.max(1, Math.round(size / 8))),
  'resized-crop': () => resizedCrop(),
  rotation: () => rotation(15),
  colour: () => brightness(0.3),
  contrast: () => contrast(0.3),
  saturation: () => saturation(0.3),
  blur: () => blur(),
  erasing: () => erasing(0.25),
}

/** The entry of a table; a `usage` error lists what there is. */
export function choose<T>(table: Readonly<Record<string, T>>, name: string, what: string): T {
  const found = Object.hasOwn(table, name) ? table[name] : undefined
  if (found === undefined)
    throw new EpipoleError('usage', `There is no ${what} "${name}": take ${Object.keys(table).join(', ')}.`)
  return found
}
