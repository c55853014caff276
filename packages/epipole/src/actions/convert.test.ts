import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { EpipoleError } from '@epipole/core'
import { camera } from '@epipole/geometry'
import { syntheticReconstruction } from '@epipole/sfm'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readColmapDatabase } from '../database/read-database.js'
import { writeColmapModel } from '../outputs/write-model.js'
import { type ConvertTarget, convert } from './convert.js'
import { readModel } from './read-model.js'

let folder: string
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'epipole-test-'))
  await writeColmapModel(at('model'), model, 'binary')
})
afterEach(() => rmSync(folder, { recursive: true }))

const at = (...names: string[]) => join(folder, ...names)
const model = syntheticReconstruction({ images: 3, points: 20, noisePx: 0.3 })

async function refusal(input: string, output: string, to: ConvertTarget): Promise<EpipoleError> {
  try {
    await convert(input, output, { to })
  } catch (error) {
    expect(error).toBeInstanceOf(EpipoleError)
    return error as EpipoleError
  }
  throw new Error('it was not refused')
}

test('to text and back gives the same bytes', async () => {
  expect(await convert(at('model'), at('text'), { to: 'colmap-text' })).toEqual({
    written: ['cameras.txt', 'images.txt', 'points3D.txt'].map((name) => at('text', name)),
    images: 3,
    points: 20,
  })
  await convert(at('text'), at('again'), { to: 'colmap-bin' })
  for (const name of ['cameras.bin', 'points3D.bin']) {
    expect(readFileSync(at('again', name))).toEqual(readFileSync(at('model', name)))
  }
  expect((await readModel(at('again'))).model.images.size).toBe(3)
})

test('each file form, under a given name or in a folder', async () => {
  mkdirSync(at('out'))
  expect((await convert(at('model'), at('out'), { to: 'ply' })).written).toEqual([at('out/points.ply')])
  expect((await convert(at('model'), at('x.ply'), { to: 'ply' })).written).toEqual([at('x.ply')])
  expect((await convert(at('model'), at('new/'), { to: 'database' })).written).toEqual([at('new/database.db')])
  const { written } = await convert(at('model'), at('t.json'), { to: 'nerfstudio', photoFolder: at('photos') })
  expect(written).toEqual([at('t.json'), at('t-points.ply')])
  const transforms = JSON.parse(readFileSync(at('t.json'), 'utf8')) as Record<string, unknown>
  expect(transforms.ply_file_path).toBe('t-points.ply')
  expect(readColmapDatabase(at('new/database.db')).images.map((image) => image.features?.count)).toEqual([22, 22, 22])
})

test('the model may be in sparse/0, in sparse, or given by one of its files', async () => {
  for (const place of ['run/sparse/0', 'project/sparse']) {
    cpSync(at('model'), at(place), { recursive: true })
  }
  for (const input of ['run', 'project', 'run/sparse/0', 'model/images.bin']) {
    expect((await convert(at(input), at('points.ply'), { to: 'ply' })).images).toBe(3)
  }
})

test('in place both forms may stand side by side; beside another model they may not', async () => {
  await convert(at('model'), at('model'), { to: 'colmap-text' })
  expect(readdirSync(at('model'))).toHaveLength(6)
  await writeColmapModel(at('other'), syntheticReconstruction({ images: 2 }), 'binary')
  const error = await refusal(at('model'), at('other'), 'colmap-text')
  expect(error.code).toBe('usage')
  expect(error.message).toContain('already holds a model')
})

test('inputs that hold no model are refused with what they are', async () => {
  await convert(at('model'), at('d.db'), { to: 'database' })
  await convert(at('model'), at('p.ply'), { to: 'ply' })
  await convert(at('model'), at('t.json'), { to: 'nerfstudio' })
  writeFileSync(at('notes.txt'), 'hello')
  mkdirSync(at('empty'))
  for (const [input, code, text] of [
    ['d.db', 'input', 'is an SQLite database'],
    ['p.ply', 'input', 'is a PLY, which holds points but no cameras'],
    ['t.json', 'input', 'is a JSON file'],
    ['notes.txt', 'input', 'is a file, not the folder'],
    ['empty', 'input', 'holds no COLMAP model'],
    ['nowhere', 'input', 'There is no'],
  ] as const) {
    const error = await refusal(at(input), at('out'), 'colmap-bin')
    expect(error.code).toBe(code)
    expect(error.message).toContain(at(input))
    expect(error.message).toContain(text)
  }
})

test('a malformed model is refused with file and offset; a missing file by its name', async () => {
  const images = readFileSync(at('model/images.bin'))
  writeFileSync(at('model/images.bin'), images.subarray(0, images.length - 3))
  const error = await refusal(at('model'), at('out'), 'colmap-text')
  expect(error.code).toBe('input')
  expect(error.message).toContain(`${at('model/images.bin')}, byte `)
  rmSync(at('model/points3D.bin'))
  expect((await refusal(at('model'), at('out'), 'colmap-text')).message).toContain(at('model/points3D.bin'))
})

test('what a form cannot express, and targets there are not', async () => {
  const fov = syntheticReconstruction({ cameras: [camera('FOV', 640, 480, [600, 600, 320, 240, 0.5])] })
  await writeColmapModel(at('fov'), fov, 'text')
  expect((await refusal(at('fov'), at('t.json'), 'nerfstudio')).code).toBe('unsupported')
  expect((await refusal(at('fov'), at('x'), 'obj' as ConvertTarget)).code).toBe('usage')
})

test('nerfstudio without the ending of a file: a folder, as its commands take it', async () => {
  const { written } = await convert(at('model'), at('for-nerfstudio'), { to: 'nerfstudio', photoFolder: at('photos') })
  expect(written).toEqual([at('for-nerfstudio', 'transforms.json'), at('for-nerfstudio', 'transforms-points.ply')])
  const { frames, ply_file_path } = JSON.parse(readFileSync(written[0]!, 'utf8'))
  expect(frames[0].file_path).toMatch(/^\.\.\/photos\//)
  expect(ply_file_path).toBe('transforms-points.ply')
})
