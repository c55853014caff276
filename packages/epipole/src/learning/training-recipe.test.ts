import { arrayImages } from '@epipole/learn'
import { expect, test } from 'vitest'
import { trainingRecipe } from './training-recipe.js'

const images = arrayImages({
  pixels: Uint8Array.from({ length: 100 }, (_, i) => i),
  labels: Array.from({ length: 100 }, (_, i) => i % 2),
  shape: [1, 1, 1],
})
const recipe = async (options: Parameters<typeof trainingRecipe>[1]) =>
  (await trainingRecipe(images, { model: 'mlp', batchSize: 10, schedule: 'one-cycle', rate: 1, ...options })).training

test('ten epochs, unless steps or seconds are given', async () => {
  const budgets = async (options: Parameters<typeof trainingRecipe>[1]) => {
    const { epochs, steps, seconds } = await recipe(options)
    return { epochs, steps, seconds }
  }
  expect(await budgets({})).toEqual({ epochs: 10 })
  expect(await budgets({ steps: 7 })).toEqual({ steps: 7 })
  expect(await budgets({ seconds: 3 })).toEqual({ seconds: 3 })
  expect(await budgets({ epochs: 2, steps: 70 })).toEqual({ epochs: 2, steps: 70 })
})

test('a schedule ends with the budget, whichever it is', async () => {
  for (const options of [{}, { steps: 40 }, { epochs: 3, steps: 400 }, { seconds: 5 }]) {
    const { rate } = await recipe(options)
    if (typeof rate === 'number') throw new Error('no schedule')
    const rates = Array.from({ length: 101 }, (_, i) => rate(0, i / 100))
    expect(Math.max(...rates)).toBeGreaterThan(0.9)
    expect(rates[100]).toBeLessThan(0.01)
  }
})

test('known mean and deviation are not measured again', async () => {
  const { file } = await trainingRecipe(images, { model: 'mlp' }, { mean: [0.5], std: [2] })
  expect(file.preparation).toMatchObject({ mean: [0.5], std: [2] })
})
