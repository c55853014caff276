import { EpipoleError, type RandomStream, randomStream } from '@epipole/core'
import {
  constant,
  expand,
  f32,
  type NdArray,
  ndArray,
  type Shape,
  scalarArray,
  type Tensor,
  type TensorSpec,
} from '@epipole/graph'

/**
 * Where layers get random tensors from. Graphs have no random ops: a random tensor is an input, filled before each run from
 * one seed, so every device sees the same numbers. What a function asks for is found by tracing it once with
 * `recordRandom`; the step then takes those tensors as inputs and hands them out with `givenRandom`.
 */
export interface RandomSource {
  /** Uniform in [0, 1). */
  uniform(shape: Shape): Tensor
  /** Standard normal. */
  normal(shape: Shape): Tensor
}

/** One random tensor that is asked for. */
export interface RandomRequest {
  readonly distribution: 'uniform' | 'normal'
  readonly shape: Shape
}

/** A source for tracing only: notes what is asked for, in order, and hands out zeros. */
export function recordRandom(): RandomSource & { readonly requests: readonly RandomRequest[] } {
  const requests: RandomRequest[] = []
  const ask = (distribution: RandomRequest['distribution']) => (shape: Shape) => {
    requests.push({ distribution, shape })
    return expand(constant(scalarArray(0)), shape)
  }
  return { requests, uniform: ask('uniform'), normal: ask('normal') }
}

/** The inputs that a step takes for its random tensors. */
export const randomSpecs = (requests: readonly RandomRequest[]): TensorSpec[] =>
  requests.map(({ shape }) => f32(...shape))

/** Hands out tensors in the order in which they were asked for; a `usage` error where something else is asked for. */
export function givenRandom(requests: readonly RandomRequest[], tensors: readonly Tensor[]): RandomSource {
  let next = 0
  const take = (distribution: RandomRequest['distribution']) => (shape: Shape) => {
    const request = requests[next]
    if (request?.distribution !== distribution || `${request.shape}` !== `${shape}`)
      throw new EpipoleError(
        'usage',
        `Random tensor ${next} is asked for as ${distribution}[${shape}], but was ${
          request === undefined ? 'not' : `${request.distribution}[${request.shape}]`
        } when recorded: the function must ask alike each time.`,
      )
    return tensors[next++]
  }
  return { uniform: take('uniform'), normal: take('normal') }
}

/** A source for models that ask for nothing random: a `usage` error says what does. */
export const noRandom: RandomSource = {
  uniform: (shape) => refuseRandom('uniform', shape),
  normal: (shape) => refuseRandom('normal', shape),
}

function refuseRandom(distribution: string, shape: Shape): never {
  throw new EpipoleError(
    'usage',
    `A layer asks for a ${distribution} random tensor of shape [${shape}] and there is no source: give \`random\`.`,
  )
}

/** The numbers of the random tensors of a step: equal on every device for a seed and a step. */
export const randomFeeds = (requests: readonly RandomRequest[], seed: number, step: number): NdArray[] =>
  requests.map(({ distribution, shape }, i) => {
    const random = randomStream(seed, 'random tensor', step, i)
    const size = shape.reduce((a, b) => a * b, 1)
    return ndArray(draw(distribution, size, random), shape)
  })

function draw(distribution: RandomRequest['distribution'], size: number, random: RandomStream): Float32Array {
  const values = new Float32Array(size)
  // 24 bits, so that f32 holds the number exactly and never rounds up to 1.
  if (distribution === 'uniform') for (let i = 0; i < size; i++) values[i] = (random.u32() >>> 8) / 0x1000000
  else for (let i = 0; i < size; i++) values[i] = random.normal()
  return values
}
