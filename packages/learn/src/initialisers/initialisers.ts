import { EpipoleError } from '@epipole/core'
import type { Shape } from '@epipole/graph'
import type { Initialiser } from '../layers/layer.js'
import { fans, gain, type Nonlinearity } from './fans.js'

const fill = (shape: Shape, value: () => number): Float32Array =>
  Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, value)

/** One number everywhere. */
export const constantly =
  (value: number): Initialiser =>
  (shape) =>
    fill(shape, () => value)
export const ones = constantly(1)
/**
 * For biases; and as the scale (γ) of the last normalisation in a residual branch, which then starts as nothing, so that the
 * block starts as the identity (Goyal et al. 2017, §5.1).
 */
export const zeros = constantly(0)

/** Uniform in [−bound, bound). */
export const uniform =
  (bound: number): Initialiser =>
  (shape, random) => {
    checkSpread('bound', bound)
    return fill(shape, () => random.uniform(-bound, bound))
  }

/** Normal around 0. */
export const normal =
  (std: number): Initialiser =>
  (shape, random) => {
    checkSpread('deviation', std)
    return fill(shape, () => std * random.normal())
  }

function checkSpread(what: string, value: number): void {
  if (!(value >= 0 && Number.isFinite(value)))
    throw new EpipoleError('usage', `An initialiser with a ${what} of ${value}: give a number from 0.`)
}

/** Normal around 0, drawn again where it falls outside ±`cut` (an absolute bound, as in PyTorch's `trunc_normal_`). */
export function truncatedNormal(std: number, cut = 2): Initialiser {
  if (!(std > 0 && cut >= std / 10))
    throw new EpipoleError('usage', `A normal of deviation ${std} cut at ±${cut}: nearly nothing lies inside.`)
  return (shape, random) =>
    fill(shape, () => {
      let value = std * random.normal()
      while (Math.abs(value) > cut) value = std * random.normal()
      return value
    })
}

export interface KaimingOptions {
  /** Keep the variance of activations (`in`, the default) or of gradients (`out`). */
  readonly mode?: 'in' | 'out'
  /** What follows the layer; default `relu`. */
  readonly nonlinearity?: Nonlinearity
}

function kaimingDeviation(shape: Shape, { mode = 'in', nonlinearity = 'relu' }: KaimingOptions): number {
  if (mode !== 'in' && mode !== 'out') throw new EpipoleError('usage', `There is no fan "${mode}": take in or out.`)
  return gain(nonlinearity) / Math.sqrt(fans(shape)[mode])
}

/** Normal with deviation gain / √fan (He et al. 2015, eq. 10). */
export const kaimingNormal =
  (options: KaimingOptions = {}): Initialiser =>
  (shape, random) =>
    normal(kaimingDeviation(shape, options))(shape, random)

/** Uniform with the deviation of `kaimingNormal`: a uniform in ±b has deviation b / √3. */
export const kaimingUniform =
  (options: KaimingOptions = {}): Initialiser =>
  (shape, random) =>
    uniform(Math.sqrt(3) * kaimingDeviation(shape, options))(shape, random)

const xavierDeviation = (shape: Shape, scale: number): number => {
  const fan = fans(shape)
  return scale * Math.sqrt(2 / (fan.in + fan.out))
}

/** Normal with deviation gain · √(2 / (in + out)): between the two demands (Glorot, Bengio 2010, eq. 12). */
export const xavierNormal =
  (scale = 1): Initialiser =>
  (shape, random) =>
    normal(xavierDeviation(shape, scale))(shape, random)

/** Uniform with the deviation of `xavierNormal` (Glorot, Bengio 2010, eq. 16). */
export const xavierUniform =
  (scale = 1): Initialiser =>
  (shape, random) =>
    uniform(Math.sqrt(3) * xavierDeviation(shape, scale))(shape, random)
