import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { randomStream } from '@epipole/core'
import {
  fromOnnx,
  interpret,
  interpreterDevice,
  isNdArray,
  leavesOf,
  type NdArray,
  ndArray,
  readOnnx,
} from '@epipole/graph'
import {
  countParameters,
  evaluateClassifier,
  initialise,
  type LabelledImages,
  weightsOf,
  writeSafetensors,
} from '@epipole/learn'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loadModel } from '../learning/load-model.node.js'
import { modelFor, QUANTIZE } from '../learning/recipe.js'
import { exportModel } from './export-model.js'

let root: string
beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'export-'))
})
afterAll(() => rm(root, { recursive: true }))

const classes = ['a', 'b "c"', 'ü']

/** A model's folder as training leaves it, with other weights for best and last. */
async function modelFolder(model: string, side: number, quantize?: { weightBits: number; activationBits: number }) {
  const folder = path.join(root, `${model}-${side}${quantize ? '-quantized' : ''}`)
  const preparation = { shape: [3, side, side] as const, mean: [0.4, 0.5, 0.6], std: [0.2, 0.3, 0.25] }
  await mkdir(folder, { recursive: true })
  await writeFile(
    path.join(folder, 'model.json'),
    JSON.stringify({ format: 'epipole-model', version: 1, model, classes, quantize, preparation }),
  )
  const net = modelFor(model, preparation.shape, classes.length, quantize)
  for (const [seed, name] of ['best', 'last'].entries())
    await writeFile(
      path.join(folder, `${name}.safetensors`),
      writeSafetensors(weightsOf(initialise(net, randomStream(seed)))),
    )
  return folder
}

const random = randomStream(3)
const bytes = Array.from({ length: 4 }, () => Uint8Array.from({ length: 3 * 8 * 8 }, () => random.int(256)))
const images: LabelledImages = {
  count: 4,
  shape: [3, 8, 8],
  classes,
  label: () => 0,
  image: (i) => bytes[i],
}

function run(file: Uint8Array, batch: number): Record<string, NdArray> {
  const pixels = Float32Array.from(bytes.slice(0, batch).flatMap((planes) => [...planes].map((v) => v / 255)))
  const results = interpret(fromOnnx(file, { batch }), [ndArray(pixels, [batch, 3, 8, 8])])
  return Object.fromEntries(readOnnx(file).outputs.map((name, i) => [name, results[i]]))
}

test.each([false, true])('pixels from 0 to 1 give the logits of the model (last weights: %s)', async (last) => {
  const folder = await modelFolder('resnet-small', 8)
  const { out } = await exportModel(folder, { last, out: path.join(root, `${last}.onnx`) })
  const file = await readFile(out)
  const { net, variables, file: model } = await loadModel(folder, { last })
  const device = interpreterDevice()
  const own = await evaluateClassifier({ net, variables, images, preparation: model.preparation, device })
  for (const batch of [1, 4]) {
    const { logits, probabilities } = run(file, batch)
    expect(logits.shape).toEqual([batch, 3])
    logits.data.forEach((v, i) => {
      expect(Math.abs(v - own.logits[i])).toBeLessThan(1e-5)
    })
    for (let n = 0; n < batch; n++) {
      const powers = [0, 1, 2].map((c) => Math.exp(own.logits[3 * n + c]))
      const sum = powers.reduce((a, b) => a + b)
      for (const [c, power] of powers.entries())
        expect(Math.abs(probabilities.data[3 * n + c] - power / sum)).toBeLessThan(1e-5)
    }
  }
})

test('the file lies in the folder, its batch open; it names classes and what it takes', async () => {
  // A transformer repeats its class token for each image.
  const folder = await modelFolder('vit-tiny', 32)
  const result = await exportModel(folder)
  expect(result).toMatchObject({ out: path.join(folder, 'model.onnx'), classes, shape: [3, 32, 32] })
  const { inputs, outputs, metadata } = readOnnx(await readFile(result.out))
  expect(inputs).toEqual([{ name: 'image', dtype: 'f32', shape: ['batch', 3, 32, 32] }])
  expect(outputs).toEqual(['logits', 'probabilities'])
  expect(JSON.parse(metadata.classes)).toEqual(classes)
  expect(metadata.input).toBe('RGB from 0 to 1, channels first; normalised inside')
})

describe('integers', () => {
  test('a model trained through rounding is always written so', async () => {
    const folder = await modelFolder('mlp', 16, QUANTIZE)
    const { net, variables, file } = await loadModel(folder)
    expect(file.quantize).toEqual(QUANTIZE)
    expect(leavesOf(variables.buffers, isNdArray).map(([name]) => name)).toContain('mlp.0.input_low')
    expect(countParameters(net)).toBe(countParameters(modelFor('mlp', file.preparation.shape, 3)))
    const plain = await exportModel(await modelFolder('mlp', 16))
    const result = await exportModel(folder)
    expect([plain.numbers, result.numbers]).toEqual(['floats', 'integers'])
    expect(plain.bytes / result.bytes).toBeGreaterThan(3.8)
    await expect(exportModel(folder, { calibrate: root })).rejects.toThrow('leave out --calibrate')
  })

  test('a model trained in floats needs images to calibrate by', async () => {
    const folder = await modelFolder('resnet-small', 8)
    await expect(exportModel(folder, { quantize: true })).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringMatching(/trained in floats.*--calibrate <data>/),
    })
    const data = path.join(root, 'data')
    for (const [c, name] of ['a', 'b'].entries()) {
      await mkdir(path.join(data, name), { recursive: true })
      for (const i of [0, 1]) {
        const header = Buffer.from('P6\n8 8\n255\n')
        await writeFile(path.join(data, name, `${i}.ppm`), Buffer.concat([header, bytes[2 * c + i] as Uint8Array]))
      }
    }
    const device = interpreterDevice()
    const result = await exportModel(folder, { calibrate: data, device, workers: 0, out: path.join(root, 'q.onnx') })
    expect(result.numbers).toBe('integers')
    const file = await readFile(result.out)
    const exact = await exportModel(folder, { out: path.join(root, 'f.onnx') })
    const [quantized, floats] = [run(file, 4), run(await readFile(exact.out), 4)]
    const size = Math.max(...floats.logits.data.map(Math.abs))
    quantized.logits.data.forEach((v, i) => {
      expect(Math.abs(v - floats.logits.data[i])).toBeLessThan(0.2 * size)
    })
    expect(quantized.logits.data).not.toEqual(floats.logits.data)
  })
})

test('a folder without a model, and a model without weights', async () => {
  await expect(exportModel(await mkdtemp(path.join(root, 'empty-')))).rejects.toMatchObject({
    code: 'input',
    message: expect.stringContaining('Cannot open the model'),
  })
  const folder = await modelFolder('mlp', 8)
  await expect(exportModel(root)).rejects.toMatchObject({ message: expect.stringContaining('holds some: take one of') })
  await rm(path.join(folder, 'best.safetensors'))
  await expect(exportModel(folder)).resolves.toMatchObject({ classes })
  await rm(path.join(folder, 'last.safetensors'))
  await expect(exportModel(folder)).rejects.toMatchObject({
    code: 'input',
    message: expect.stringContaining('no weights yet'),
  })
})
