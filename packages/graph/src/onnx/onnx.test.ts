import { isEpipoleError } from '@epipole/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { gradients } from '../autodiff/gradients.js'
import { disagreement, type OpGraph, opGraphs } from '../device/agreement.test-support.js'
import { f32, type TensorSpec, trace } from '../graph.js'
import { interpret } from '../interpret/interpret.js'
import { type NdArray, ndArray } from '../nd-array.js'
import * as ops from '../ops/index.js'
import { constant } from '../ops/sources.js'
import { fromOnnx, readOnnx } from './from-onnx.js'
import { lower, modelBytes } from './lower.js'
import { modelOf, nodeCases } from './node-cases.test-support.js'
import { tensorProto } from './tensor-proto.js'
import { toOnnx } from './to-onnx.js'

const byOp = new Map<string, OpGraph[]>()
for (const g of opGraphs()) byOp.set(g.op, [...(byOp.get(g.op) ?? []), g])

describe('written and read again, an operation and its gradients are the same', () => {
  test.each([...byOp])('%s', (_, cases) => {
    const wrong = cases.flatMap((c) => {
      const again = fromOnnx(toOnnx(c.graph))
      // (The interpreter's own f64, so that only the file can make a difference.)
      return disagreement(c, interpret(again, c.feeds, { precision: 'f64' }))
    })
    expect(wrong).toEqual([])
  })
})

const wave = (shape: number[], k: number) =>
  ndArray(
    Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(k * (i + 1))),
    shape,
  )
const weights = { w: wave([4, 2, 3, 3], 1.3), v: wave([4 * 16, 3], 0.7) }
const classifier = (batch: number) =>
  trace(
    ({ image, w, v }) => {
      const h = ops.relu(ops.conv2d(image, w, { padding: 1 }))
      const tokens = ops.add(
        ops.flatten(ops.transpose(h, [0, 2, 3, 1])),
        ops.expand(constant(ndArray([1], [1, 1])), [batch, 64]),
      )
      return { scores: ops.softmax(ops.matmul(tokens, v)) }
    },
    { image: f32(batch, 2, 4, 4), w: f32(4, 2, 3, 3), v: f32(64, 3) },
  ).graph

describe('a file with an open batch', () => {
  const bytes = toOnnx(classifier(2), { weights, batch: { other: classifier(5) } })

  test('names the size, keeps the weights, and takes any batch', () => {
    const model = readOnnx(bytes)
    expect(model.inputs).toEqual([{ name: 'image', dtype: 'f32', shape: ['batch', 2, 4, 4] }])
    expect(model.outputs).toEqual(['scores'])
    for (const batch of [1, 2, 7]) {
      const image = wave([batch, 2, 4, 4], 2.9)
      const [read] = interpret(fromOnnx(bytes, { batch }), [image])
      const [own] = interpret(classifier(batch), [image, weights.w, weights.v])
      expect(read.shape).toEqual([batch, 3])
      read.data.forEach((p, i) => {
        expect(Math.abs(p - own.data[i])).toBeLessThan(1e-6)
      })
    }
  })
  test('an open size that is not given is named', () => {
    expect(() => fromOnnx(bytes)).toThrow('"image" leaves its size "batch" open')
  })
})

test('inputs and weights by names that the file has not are refused, not left out', () => {
  const { graph } = trace(({ x, w }) => ({ y: ops.matmul(x, w) }), { x: f32(2, 2), w: f32(2, 2) })
  const model = readOnnx(toOnnx(graph, { weights: { w: ndArray([1, 2, 3, 4], [2, 2]) } }))
  const [name] = Object.keys(model.weights)
  const given = (weight: string, also = {}) =>
    trace(({ x, w }) => model.apply({ x, ...also }, { [weight]: w }), { x: f32(2, 2), w: f32(2, 2) })
  expect(() => given('w')).toThrow(`The model has no weight "w"; it has ${name}.`)
  expect(() => given(name, { z: 1 })).toThrow('The model has no input "z"; it has x.')
  expect(given(name).graph.nodes.filter(({ op }) => op.name === 'input')).toHaveLength(2)
})

test('texts go with the file', () => {
  const metadata = { classes: '["Kätzchen","dog"]', input: '' }
  expect(readOnnx(toOnnx(classifier(2), { metadata })).metadata).toEqual(metadata)
  expect(readOnnx(toOnnx(classifier(2))).metadata).toEqual({})
})

test('a file is trained further: its weights are inputs of a new trace', () => {
  const model = readOnnx(toOnnx(classifier(2), { weights }))
  const names = Object.keys(model.weights)
  expect(names.length).toBe(3)
  const { graph } = trace(
    ({ image, net }) => {
      const { scores } = model.apply({ image }, net)
      const loss = ops.neg(ops.sum(ops.log(ops.slice(scores, 1, 0, 1))))
      const slopes = gradients(
        loss,
        names.map((n) => net[n]),
      )
      return { loss, next: names.map((n, i) => ops.sub(net[n], ops.mul(slopes[i], 0.05))) }
    },
    { image: f32(2, 2, 4, 4), net: Object.fromEntries(names.map((n) => [n, f32(...model.weights[n].shape)])) },
  )
  let state: NdArray[] = names.map((n) => model.weights[n])
  const losses: number[] = []
  for (let i = 0; i < 30; i++) {
    const [loss, ...next] = interpret(graph, [wave([2, 2, 4, 4], 2.9), ...state])
    losses.push(loss.data[0])
    state = next
  }
  expect(losses[29]).toBeLessThan(0.3 * losses[0])
})

describe('refusals', () => {
  const { graph } = trace(({ x }) => ops.exp(x), { x: f32(3) })
  test('an operator that is not among ours, with its node', () => {
    const model = lower(graph)
    const node = model.graph!.node[0]
    Object.assign(node, { opType: 'StringNormalizer', name: 'layer3/names' })
    expect(() => fromOnnx(modelBytes(model))).toThrow(/StringNormalizer \(node "layer3\/names"\).*not among ours/)
  })
  test('sizes that do not fit the bytes', () => {
    const model = lower(trace(({ x }) => ops.add(x, constant(ndArray([1, 2, 3], [3]))), { x: f32(3) }).graph)
    model.graph!.initializer[0].dims = [1000000007n]
    expect(() => readOnnx(modelBytes(model))).toThrow('should have 4000000028 bytes, not 12')
    model.graph!.initializer[0].dims = [-3n]
    expect(() => readOnnx(modelBytes(model))).toThrow('says its shape is [-3]')
  })
  /** Reads damaged bytes; all that may come of it is a graph or an error of ours. */
  const survive = (bytes: Uint8Array, what: string) => {
    try {
      fromOnnx(bytes)
    } catch (error) {
      if (!isEpipoleError(error)) expect.fail(`${what}: ${(error as Error).stack}`)
    }
  }
  const flipped = (bytes: Uint8Array, at: number, mask: number) => bytes.map((b, i) => (i === at ? b ^ mask : b))

  test('cut off and damaged files never end in anything but an error of ours', () => {
    const bytes = toOnnx(classifier(2), { weights })
    for (let at = 0; at < bytes.length; at += 11) survive(bytes.slice(0, at), `cut at ${at}`)
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, mask) =>
        survive(flipped(bytes, at, mask), `byte ${at} ^ ${mask}`),
      ),
      { numRuns: 300 },
    )
  })
  test('nor do files of any operator, whichever byte is wrong', () => {
    for (const [i, given] of nodeCases.entries()) {
      const { bytes } = modelOf(given)
      const title = `${given.type} #${i}`
      const masks = [1, 0x80, 0xff]
      for (let at = i % 7; at < bytes.length; at += 7) survive(bytes.subarray(0, at), `${title} cut at ${at}`)
      for (let at = i % 4; at < bytes.length; at += 4) {
        const mask = masks[(at >> 2) % 3]
        survive(flipped(bytes, at, mask), `${title}, byte ${at} ^ ${mask}`)
      }
    }
  })
  test('a small file that asks for much is read or refused at once', () => {
    const start = performance.now()
    const wide = f32(1, 1, 1, 2 ** 22)
    const pooled = trace(({ x }) => ops.maxPool2d(x, { kernel: [1, 2 ** 21], stride: 1 }), { x: wide }).graph
    expect(fromOnnx(toOnnx(pooled)).outputs[0].tensor.shape).toEqual([1, 1, 1, 2 ** 21 + 1])
    // A shape that is computed by much arithmetic.
    const { graph } = trace(
      ({ x }) => {
        const ones = ops.expand(constant(ndArray([1], [1, 1])), [2000, 2000])
        const product = ops.matmul(ops.matmul(ones, ones), ones)
        return ops.reshape(ops.gather(x, ops.cast(ops.slice(ops.flatten(product, 0), 0, 0, 1), 'i64')), [1, 1])
      },
      { x: f32(3) },
    )
    const model = lower(graph)
    const nodes = model.graph!.node
    // (The reshape takes what was looked up for its shape.)
    const [last] = nodes.filter(({ opType }) => opType === 'Reshape').slice(-1)
    const cast = nodes.find(({ opType }) => opType === 'Cast')
    last.input = [last.input[0], cast!.output[0]]
    expect(() => fromOnnx(modelBytes(model))).toThrow('input 1 is too large for a list of sizes')
    expect(performance.now() - start).toBeLessThan(2000)
  })
  test('names of the language are names like any other', () => {
    const specs: Record<string, TensorSpec> = { constructor: f32(3) }
    const bytes = toOnnx(trace((xs) => ({ y: ops.exp(Object.values(xs)[0]) }), specs).graph)
    const model = readOnnx(bytes)
    expect(model.inputs[0].name).toBe('constructor')
    expect(() => model.apply({})).toThrow('input "constructor" is not given')
    expect(() => toOnnx(fromOnnx(bytes), { weights: {} })).not.toThrow()
  })
  test('steps of nothing and repeats below nothing', () => {
    const ints = (name: string, value: number) => tensorProto(name, ndArray([value], [1], 'i64'))
    const read = (opType: string, values: readonly number[]) => {
      const model = lower(trace(({ x }) => ({ y: ops.exp(x) }), { x: f32(3) }).graph)
      const node = model.graph!.node[0]
      model.graph!.initializer = values.map((value, i) => ints(`c${i}`, value))
      Object.assign(node, { opType, input: [node.input[0], ...values.map((_, i) => `c${i}`)] })
      return interpret(fromOnnx(modelBytes(model)), [ndArray([1, 2, 3], [3])])[0]
    }
    expect(() => read('Slice', [2, 0, 0, 0])).toThrow('a step of 0 never ends')
    expect([...read('Slice', [2, 0, 0, -1]).data]).toEqual([3, 2])
    expect(() => read('Tile', [-1])).toThrow('its repeats are -1')
    expect([...read('Tile', [2]).data]).toEqual([1, 2, 3, 1, 2, 3])
    expect(read('Tile', [0]).shape).toEqual([0])
  })
  test('tensors without names get some: ONNX takes an empty one for none', () => {
    const bytes = toOnnx(trace((x) => ops.exp(x), f32(1)).graph)
    expect([readOnnx(bytes).inputs[0].name, readOnnx(bytes).outputs]).toEqual(['input', ['output']])
    expect(interpret(fromOnnx(bytes), [ndArray([0], [1])])[0].data[0]).toBe(1)
  })
  test('what is no bytes', () => {
    expect(() => readOnnx('model.onnx' as never)).toThrow('The bytes of a file are wanted (Uint8Array), not string.')
    expect(() => readOnnx(new ArrayBuffer(8) as never)).toThrow('not ArrayBuffer')
  })
  test('an output without a maker', () => {
    const model = lower(graph)
    model.graph!.node = []
    expect(() => fromOnnx(modelBytes(model))).toThrow('is made nowhere before it')
  })
})
