import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { EpipoleError } from '@epipole/core'
import { rotationFromQuaternion } from '@epipole/geometry'
import { syntheticReconstruction, transformModel, viewPoses } from '@epipole/sfm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { writeColmapModel } from '../outputs/write-model.js'
import { compare } from './compare.js'

let folder: string
const at = (...names: string[]) => join(folder, ...names)
const truth = syntheticReconstruction({ images: 5, points: 10 })
const moved = transformModel(truth, { scale: 3, R: rotationFromQuaternion([1, 2, 3, 4]), t: Float64Array.of(1, 2, 3) })

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'epipole-test-'))
  await writeColmapModel(at('run/sparse/0'), moved, 'binary')
  await writeColmapModel(at('truth'), truth, 'text')
  const images = viewPoses(truth).map(({ name, R, center }) => [name, { R: [...R], C: [...center] }])
  writeFileSync(at('truth.json'), JSON.stringify({ note: 'test', images: Object.fromEntries(images) }))
})
afterAll(() => rmSync(folder, { recursive: true }))

test('a model against a truth file and against another model', async () => {
  for (const path of [at('truth.json'), at('truth')]) {
    const result = await compare(at('run'), path)
    expect(result).toMatchObject({ registered: 5, total: 5, missing: [], extra: [] })
    expect(result.auc.at1Deg).toBeGreaterThan(99.99)
    expect(result.centers?.rmse).toBeLessThan(1e-9)
    expect(result.centers?.truthFromEstimate.scale).toBeCloseTo(1 / 3, 9)
  }
})

test('what cannot be read is refused by name', async () => {
  writeFileSync(at('broken.json'), '{"images":')
  for (const [path, code] of [
    ['broken.json', 'input'],
    ['nowhere.json', 'input'],
    ['nowhere', 'input'],
  ] as const) {
    const error = await compare(at('run'), at(path)).catch((e: unknown) => e)
    expect(error).toBeInstanceOf(EpipoleError)
    expect(error).toMatchObject({ code })
    expect((error as EpipoleError).message).toContain(at(path))
  }
})

test('a truth of other photos is refused, not scored', async () => {
  const images = Object.fromEntries(
    viewPoses(truth).map(({ R, center }, i) => [`x${i}.jpg`, { R: [...R], C: [...center] }]),
  )
  writeFileSync(at('other.json'), JSON.stringify({ images }))
  const error = await compare(at('run'), at('other.json')).catch((e: unknown) => e)
  expect(error).toMatchObject({ code: 'input' })
  expect((error as EpipoleError).message).toContain('have no photo in common: 5 photos')
  expect((error as EpipoleError).message).toContain('x0.jpg')
})
