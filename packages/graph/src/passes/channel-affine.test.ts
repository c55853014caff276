import { describe, expect, test } from 'vitest'
import { gradients } from '../autodiff/gradients.js'
import { f32, trace } from '../graph.js'
import { ndArray } from '../nd-array.js'
import * as ops from '../ops/index.js'
import { constant } from '../ops/sources.js'
import type { Tensor } from '../tensor.js'
import { checked, count } from './equality.test-support.js'
import { optimize } from './optimize.js'

const along = (v: Tensor) => ops.reshape(v, [1, -1, 1, 1])
const image = [2, 3, 8, 16]
const batchNorm = (x: Tensor, weight: Tensor, bias: Tensor) =>
  ops.add(ops.mul(ops.normalize(x, { axes: [0, 2, 3] }), along(weight)), along(bias))
/** Full passes over images of the shape, by op. */
const passes = (nodes: readonly Tensor[], shape: readonly number[]) =>
  nodes.filter((node) => node.inputs.length > 0 && `${node.shape}` === `${shape}`).map((node) => node.op.name)

describe('forms keep their values', () => {
  test('batch normalisation: one subtraction and one convolution make it', () => {
    const { after } = checked((x, w, b) => ops.relu(batchNorm(x, w, b)), image, [3], [3])
    expect(passes(after.nodes, image)).toEqual(['sub', 'conv2d', 'relu'])
  })
  test('its gradients take one pass for each image they come from', () => {
    const { after } = checked(
      (x, w, b, g) => gradients(ops.sum(ops.mul(batchNorm(x, w, b), g)), [x, w, b]),
      image,
      [3],
      [3],
      image,
    )
    // (A mul and an expand are the loss's own.)
    expect(passes(after.nodes, image).sort()).toEqual(['add', 'conv2d', 'expand', 'mul', 'mul', 'sub'])
  })
  test('a residual block, both branches normalised', () => {
    const all = (x: Tensor, w: Tensor, k: Tensor, u: Tensor, v: Tensor) => {
      const y = ops.conv2d(x, k, { padding: 1 })
      const h = ops.relu(ops.add(batchNorm(y, w, u), batchNorm(x, u, v)))
      return gradients(ops.sum(ops.mul(h, ops.add(h, x))), [x, w, k, u, v])
    }
    checked(all, image, [3], [3, 3, 3, 3], [3], [3])
  })
  test('what is subtracted, negated by a vector, or met again', () => {
    checked(
      (x, v, w) => {
        const a = ops.sub(along(v), ops.mul(x, along(w)))
        const b = ops.sub(ops.add(a, x), ops.add(along(w), ops.mul(along(v), x)))
        return [b, ops.mul(b, along(v)), ops.sum(b, { axes: [0, 2, 3] }), ops.mean(ops.mul(a, b))]
      },
      image,
      [3],
      [3],
    )
  })
  test('sums of scaled images and of their products', () => {
    const { after } = checked(
      (x, y, v) => {
        const a = ops.mul(x, along(v))
        return [
          ops.mean(a, { axes: [0, 2, 3] }),
          ops.sum(ops.mul(a, y), { axes: [0, 2, 3], keepDims: true }),
          ops.mean(ops.mul(a, a), { axes: [0, 2, 3] }),
        ]
      },
      image,
      image,
      [3],
    )
    expect(passes(after.nodes, image)).toEqual([])
  })
  test('images that are broadcast, and small ones, stay as they are', () => {
    const f = (x: Tensor, y: Tensor, v: Tensor) => ops.add(ops.mul(ops.add(x, y), along(v)), along(v))
    expect(count(checked(f, [1, 3, 8, 16], image, [3]).after, 'conv2d')).toBe(1)
    expect(count(checked(f, [2, 3, 4, 4], [2, 3, 4, 4], [3]).after, 'conv2d')).toBe(0)
  })
})

test('constants are left to the runtime, which folds them into the convolution before', () => {
  const v = constant(ndArray([1, 2, 3], [1, 3, 1, 1]))
  const { graph } = trace((x) => ops.add(ops.mul(x, v), v), f32(...image))
  expect(optimize(graph).nodes.map(({ op }) => op.name)).toEqual(graph.nodes.map(({ op }) => op.name))
})

test('images of one channel that a vector repeats stay as they are', () => {
  const { after } = checked(
    (x, w, b) => {
      const scaled = ops.mul(x, along(w))
      return [ops.add(scaled, along(b)), ops.mean(ops.mul(scaled, scaled), { axes: [0, 2, 3] })]
    },
    [2, 1, 8, 16],
    [3],
    [3],
  )
  expect(after.outputs[0].tensor.shape).toEqual(image)
})
