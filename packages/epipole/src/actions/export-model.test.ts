import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { randomStream } from '@epipole/core'
import { fromOnnx, interpret, interpreterDevice, type NdArray, ndArray, readOnnx } from '@epipole/graph'
import { evaluateClassifier, initialise, type LabelledImages, weightsOf, writeSafetensors } from '@epipole/learn'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { loadModel } from '../learning/load-model.node.js'
import { modelFor } from '../learning/recipe.js'
import { exportModel } from './export-model.js'

let root: string
beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'export-'))
})
afterAll(() => rm(root, { recursive: true }))

const classes = ['a', 'b "c"', 'ü']

/** A model's folder as training leaves it, with other weights for best and last. */
async function modelFolder(model: string, side: number): Promise<string> {
  const folder = path.join(root, `${model}-${side}`)
  const preparation = { shape: [3, side, side] as const, mean: [0.4, 0.5, 0.6], std: [0.2, 0.3, 0.25] }
  await mkdir(folder, { recursive: true })
  await writeFile(
    path.join(folder, 'model.json'),
    JSON.stringify({ format: 'epipole-model', version: 1, model, classes, preparation }),
  )
  const net = modelFor(model, preparation.shape, classes.length)
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

test('a folder without a model, and a model without weights', async () => {
  await expect(exportModel(root)).rejects.toMatchObject({
    code: 'input',
    message: expect.stringContaining('Cannot open the model'),
  })
  const folder = await modelFolder('mlp', 8)
  await rm(path.join(folder, 'best.safetensors'))
  await expect(exportModel(folder)).resolves.toMatchObject({ classes })
  await rm(path.join(folder, 'last.safetensors'))
  await expect(exportModel(folder)).rejects.toMatchObject({
    code: 'input',
    message: expect.stringContaining('no weights yet'),
  })
})
