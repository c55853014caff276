import { randomStream } from '@epipole/core'
import {
  add,
  type CompiledStep,
  compileStep,
  constant,
  type Device,
  div,
  f32,
  gradients,
  i32,
  logSoftmax,
  mean,
  mul,
  type NdArray,
  ndArray,
  neg,
  oneHot,
  sqrt,
  sub,
  sum,
  type Tensor,
} from '@epipole/graph'
import type { Arrays, Model, Tensors } from './models.js'

export const crossEntropy = (logits: Tensor, label: Tensor): Tensor =>
  neg(mean(sum(mul(logSoftmax(logits), oneHot(label, logits.shape[1])), { axes: 1 })))

/** A whole training step: forward, backward, SGD with momentum 0.9 or Adam, as PyTorch's optimizers compute them. */
export function trainingStep(model: Model, device: Device) {
  const names = Object.keys(model.weights)
  const zeros = Object.fromEntries(
    names.map((n) => [n, { ...model.weights[n], data: new Float32Array(model.weights[n].data.length) }]),
  )
  const adam = model.optimizer === 'adam'
  const state = {
    weights: model.weights,
    statistics: model.statistics,
    first: zeros,
    second: adam ? zeros : ({} as Arrays),
  }
  const feeds = { x: f32(...model.input), label: i32(model.input[0]), rate: f32() }
  const step = (
    s: { weights: Tensors; statistics: Tensors; first: Tensors; second: Tensors },
    f: Record<keyof typeof feeds, Tensor>,
  ) => {
    const { logits, statistics } = model.forward(s.weights, s.statistics, f.x, true)
    const loss = crossEntropy(logits, f.label)
    const slopes = gradients(
      loss,
      names.map((n) => s.weights[n]),
    )
    const next = { weights: {} as Tensors, statistics, first: {} as Tensors, second: {} as Tensors }
    names.forEach((n, i) => {
      const [w, g] = [s.weights[n], slopes[i]]
      if (!adam) {
        next.first[n] = add(mul(s.first[n], 0.9), g)
        next.weights[n] = sub(w, mul(f.rate, next.first[n]))
        return
      }
      next.first[n] = add(mul(s.first[n], 0.9), mul(g, 0.1))
      next.second[n] = add(mul(s.second[n], 0.999), mul(mul(g, g), 0.001))
      next.weights[n] = sub(w, mul(f.rate, div(next.first[n], add(sqrt(next.second[n]), 1e-8))))
    })
    return { state: next, outputs: { loss } }
  }
  return compileStep(step as never, { state, feeds, device }) as Promise<
    CompiledStep<unknown, unknown, { loss: Tensor }>
  >
}

export function batchOf(model: Model): Record<string, NdArray> {
  const random = randomStream(2)
  const n = model.input.reduce((a, b) => a * b, 1)
  return {
    x: ndArray(
      Float32Array.from({ length: n }, () => random.normal()),
      model.input,
    ),
    label: ndArray(
      Int32Array.from({ length: model.input[0] }, (_, i) => i % 10),
      [model.input[0]],
    ),
    rate: ndArray([model.optimizer === 'adam' ? 1e-4 : 1e-3], []),
  }
}

/** A forward pass whose weights are part of the graph. */
export const inferenceStep = (model: Model, device: Device) =>
  compileStep(
    (_, { x }) => {
      const known = (arrays: Arrays) => Object.fromEntries(Object.entries(arrays).map(([n, a]) => [n, constant(a)]))
      return {
        state: {},
        outputs: { logits: model.forward(known(model.weights), known(model.statistics), x, false).logits },
      }
    },
    { state: {}, feeds: { x: f32(...model.input) }, device },
  )
