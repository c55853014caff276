import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { randomStream } from '@epipole/core'
import { f32, fromOnnx, interpret, interpreterDevice, type NdArray, ndArray, toOnnx } from '@epipole/graph'
import { nodeDevice } from '@epipole/graph/node'
import {
  adamW,
  adaptiveAvgPool2d,
  arrayImages,
  avgPool2d,
  batchNorm,
  calibrate,
  conv2d,
  convTranspose2d,
  cosine,
  crossEntropy,
  depthwiseConv2d,
  evaluateClassifier,
  flatten,
  initialise,
  type LayerLike,
  linear,
  quantized,
  relu,
  resNet,
  sequential,
  type TrainResult,
  tanh,
  traceModel,
  train,
  type Variables,
  vit,
} from '@epipole/learn'
import * as ort from 'onnxruntime-node'
import { afterAll, beforeAll, expect, test } from 'vitest'

const CLASSES = ['rows', 'columns', 'diagonals', 'discs']
const SIDE = 8
/** Where a pixel is bright, by class and phase: stripes of a period of 4, or a disc. */
const bright = (label: number, x: number, y: number, phase: number): boolean =>
  label === 3 ? (x - 3.5) ** 2 + (y - 3.5) ** 2 < 4 + phase : (([y, x, x + y][label] as number) + phase) % 4 < 2

function pictures(count: number, seed: number) {
  const labels = Array.from({ length: count }, (_, i) => i % 4)
  const pixels = Uint8Array.from({ length: count * SIDE * SIDE }, (_, k) => {
    const [i, at] = [Math.floor(k / (SIDE * SIDE)), k % (SIDE * SIDE)]
    const phase = randomStream(seed, i).int(4)
    const noise = randomStream(seed, i, at).int(60)
    return 60 + noise + (bright(labels[i] as number, at % SIDE, Math.floor(at / SIDE), phase) ? 100 : 0)
  })
  return arrayImages({ pixels, labels, shape: [1, SIDE, SIDE], classes: CLASSES })
}

const images = pictures(320, 1)
const others = pictures(200, 2)
const plain = resNet({ channels: 1, classes: 4, stem: 'cifar', depths: [1, 1], widths: [8, 16] })
const device = nodeDevice({ worker: false, threads: 2 })
let root: string
let rounded: TrainResult
let floats: TrainResult
const net = quantized(plain, { weightBits: 7, momentum: 0.1 })

const trained = (model: LayerLike) =>
  train({
    net: model,
    loss: (apply, { image, label }) => crossEntropy(apply(image), label),
    optimizer: adamW(),
    rate: cosine(0.01, 120),
    train: images,
    batchSize: 32,
    epochs: 12,
    seed: 3,
    device,
  })

beforeAll(async () => {
  root = await mkdtemp(path.join(os.tmpdir(), 'epipole-quantized-'))
  rounded = await trained(net)
  floats = await trained(plain)
})
afterAll(async () => {
  await device.close()
  await rm(root, { recursive: true })
})

function onnxOf(model: LayerLike, variables: Variables): Uint8Array {
  const traced = (n: number) =>
    traceModel(model, variables, { image: f32(n, 1, SIDE, SIDE) }, (apply, { image }) => ({ logits: apply(image) }))
      .graph
  return toOnnx(traced(2), { batch: { other: traced(3) } })
}

/** The images as the model takes them. */
function normalised({ preparation }: TrainResult): NdArray {
  const [mean, std] = [preparation.mean?.[0] ?? 0, preparation.std?.[0] ?? 1]
  const data = Float32Array.from({ length: others.count * SIDE * SIDE }, (_, k) => {
    const planes = others.image(Math.floor(k / (SIDE * SIDE))) as Uint8Array
    return ((planes[k % (SIDE * SIDE)] as number) / 255 - mean) / std
  })
  return ndArray(data, [others.count, 1, SIDE, SIDE])
}

/** Logits by ONNX Runtime, and the kernels it took. */
async function byRuntime(file: Uint8Array, image: NdArray) {
  const session = await ort.InferenceSession.create(file, {
    executionProviders: ['cpu'],
    enableProfiling: true,
    profileFilePrefix: path.join(root, 'profile'),
    logSeverityLevel: 3,
  })
  const { logits } = await session.run({ image: new ort.Tensor('float32', image.data as Float32Array, image.shape) })
  session.endProfiling()
  await session.release()
  const [name] = await readdir(root)
  const events = JSON.parse(await readFile(path.join(root, name as string), 'utf8')) as {
    args?: { op_name?: string }
  }[]
  await rm(path.join(root, name as string))
  return { logits: logits?.data as Float32Array, kernels: new Set(events.map(({ args }) => args?.op_name)) }
}

const choices = (logits: ArrayLike<number>) =>
  Array.from({ length: logits.length / 4 }, (_, n) => {
    const row = Array.from({ length: 4 }, (_, c) => logits[4 * n + c] as number)
    return row.indexOf(Math.max(...row))
  })
const accuracy = (logits: ArrayLike<number>) =>
  choices(logits).filter((c, n) => c === others.label(n)).length / others.count

test('trained through rounding: the runtime computes with integers and says what the fake-quantised model says', async () => {
  const { state, preparation } = rounded
  const own = await evaluateClassifier({
    net,
    variables: state,
    images: others,
    preparation,
    device: interpreterDevice(),
  })
  expect(own.accuracy).toBeGreaterThan(0.98)
  const file = onnxOf(net, state)
  const { logits, kernels } = await byRuntime(file, normalised(rounded))
  expect(kernels).toContain('QLinearConv')
  expect(kernels).toContain('QLinearAdd')
  expect([...kernels].filter((name) => name === 'Conv' || name === 'FusedConv')).toEqual([])
  expect(choices(logits)).toEqual(choices(own.logits))
  const size = Math.max(...own.logits.map(Math.abs))
  const differences = logits.map((v, i) => Math.abs(v - (own.logits[i] as number)))
  expect(differences.reduce((a, b) => a + b) / logits.length).toBeLessThan(0.01 * size)
  // Read back and interpreted, the file is the runtime's own arithmetic.
  const image = normalised(rounded)
  const some = ndArray(image.data.slice(0, 20 * SIDE * SIDE), [20, 1, SIDE, SIDE])
  const [read] = interpret(fromOnnx(file, { batch: 20 }), [some])
  ;(read as NdArray).data.forEach((v, i) => {
    expect(Math.abs(v - (logits[i] as number))).toBeLessThan(1e-3 * size)
  })
})

test('trained in floats: calibrated by images it keeps its accuracy', async () => {
  const { state, preparation } = floats
  const exact = await evaluateClassifier({ net: plain, variables: state, images: others, preparation, device })
  const variables = await calibrate({ net, variables: state, images, preparation, device })
  expect(Object.keys(variables.buffers)).toEqual(expect.arrayContaining(['conv1', 'layer1', 'fc']))
  const { logits, kernels } = await byRuntime(onnxOf(net, variables), normalised(floats))
  expect(kernels).toContain('QLinearConv')
  expect(accuracy(logits)).toBeGreaterThan(exact.accuracy - 0.02)
})

test('other layers: pools, transposed and depthwise convolutions, transformers', async () => {
  const models: Record<string, [LayerLike, string]> = {
    'a bit of all': [
      sequential(
        ...[conv2d(1, 6, { kernel: 3, padding: 'same' }), tanh, avgPool2d({ kernel: 2 })],
        ...[convTranspose2d(6, 4, { kernel: 2, stride: 2 }), relu, depthwiseConv2d(4, { kernel: 3 }), batchNorm(4)],
        ...[adaptiveAvgPool2d(3), flatten, linear(36, 4)],
      ),
      'QLinearAveragePool',
    ],
    transformer: [
      vit({ size: SIDE, patch: 4, width: 16, depth: 1, heads: 2, channels: 1, classes: 4 }),
      'MatMulIntegerToFloat',
    ],
  }
  const { preparation } = floats
  for (const [model, kernel] of Object.values(models)) {
    const rounding = quantized(model, { weightBits: 7 })
    const start = initialise(model, randomStream(4))
    const variables = await calibrate({ net: rounding, variables: start, images, preparation, device })
    const file = onnxOf(rounding, variables)
    const image = normalised(floats)
    const { logits, kernels } = await byRuntime(file, image)
    expect(kernels).toContain(kernel)
    const [read] = interpret(fromOnnx(file, { batch: others.count }), [image])
    const size = Math.max(...logits.map(Math.abs))
    // A number that lies between two places may fall on either side.
    const differences = logits.map((v, i) => Math.abs(v - ((read as NdArray).data[i] as number)))
    expect(differences.reduce((a, b) => a + b) / logits.length).toBeLessThan(2e-3 * size)
  }
})

test('what is not quantised cannot be calibrated', async () => {
  const { state, preparation } = floats
  await expect(calibrate({ net: plain, variables: state, images, preparation, device })).rejects.toThrow(
    'Nothing in this model is quantised',
  )
})
