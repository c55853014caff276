import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { EpipoleError } from '@epipole/core'
import { camera } from '@epipole/geometry'
import { readColmapModel, syntheticReconstruction, writeColmapBinary } from '@epipole/sfm'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { writeFiles } from './write-files.js'
import { writeModelFiles } from './write-model.js'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'epipole-test-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const at = (...names: string[]) => join(folder, ...names)
const all = () => readdirSync(folder, { recursive: true }).map(String).sort()
const model = syntheticReconstruction({ images: 3, points: 5, name: (i) => `ordner/Foto ${i}.jpg` })
const other = syntheticReconstruction({ images: 2, points: 3 })

test('a run of two models, then one of one: what no longer belongs is gone, what is not ours stays', async () => {
  const { written, skipped } = await writeModelFiles(at('out'), [model, other])
  expect(skipped).toEqual([])
  const one = [
    'points.ply',
    'sparse',
    'sparse/0',
    'sparse/0/cameras.bin',
    'sparse/0/images.bin',
    'sparse/0/points3D.bin',
    'transforms.json',
  ]
  const two = [
    'points-1.ply',
    'sparse/1',
    'sparse/1/cameras.bin',
    'sparse/1/images.bin',
    'sparse/1/points3D.bin',
    'transforms-1.json',
  ]
  expect(all()).toEqual(['out', ...[...one, ...two].map((name) => `out/${name}`)].sort())
  expect(written.map((path) => resolve(path)).sort()).toEqual(
    all()
      .filter((name) => /\.\w+$/.test(name))
      .map((name) => at(name)),
  )
  writeFileSync(at('out/sparse/0/project.ini'), 'mine')
  await writeModelFiles(at('out'), [other], { text: true })
  expect(all()).toEqual(
    [
      'out',
      'out/points.ply',
      'out/sparse',
      'out/sparse/0',
      'out/sparse/0/cameras.txt',
      'out/sparse/0/images.txt',
      'out/sparse/0/points3D.txt',
      'out/sparse/0/project.ini',
      'out/transforms.json',
    ].sort(),
  )
  await writeModelFiles(at('out'), [])
  expect(all()).toEqual(['out', 'out/sparse', 'out/sparse/0', 'out/sparse/0/project.ini'])
})

test('the files hold the model', async () => {
  await writeModelFiles(at('out'), [model])
  const read = (name: string) => new Uint8Array(readFileSync(at('out/sparse/0', name)))
  const files = { cameras: read('cameras.bin'), images: read('images.bin'), points3D: read('points3D.bin') }
  expect(files).toEqual(writeColmapBinary(model))
  expect(readColmapModel(files).images.size).toBe(3)
})

test('transforms.json names the photos and the points relative to itself', async () => {
  mkdirSync(at('my photos'))
  await writeModelFiles(at('out'), [model], { photoFolder: at('my photos') })
  const transforms = JSON.parse(readFileSync(at('out/transforms.json'), 'utf8')) as {
    ply_file_path: string
    frames: { file_path: string }[]
  }
  expect(transforms.frames[0].file_path).toBe('../my photos/ordner/Foto 0.jpg')
  expect(transforms.ply_file_path).toBe('points.ply')
})

test('a lens that nerfstudio does not know costs only that file, with the reason; an old one does not stay', async () => {
  await writeModelFiles(at('out'), [model])
  const fov = syntheticReconstruction({ cameras: [camera('FOV', 640, 480, [600, 600, 320, 240, 0.5])] })
  const { written, skipped } = await writeModelFiles(at('out'), [fov])
  expect(written).toHaveLength(4)
  expect(skipped).toMatchObject([{ file: at('out/transforms.json'), verdict: { test: 'nerfstudio-camera-model' } }])
  expect(all()).not.toContain('out/transforms.json')
})

test('where it cannot be written the error names the path, and nothing is left behind', async () => {
  writeFileSync(at('file'), '')
  const error = await writeModelFiles(at('file'), [model]).then(
    () => undefined,
    (e: unknown) => e as EpipoleError,
  )
  expect(error).toBeInstanceOf(EpipoleError)
  expect(error).toMatchObject({ code: 'io' })
  expect(error?.message).toContain(at('file'))
  // The second place is taken by a folder: the first must not be left as a temporary file.
  mkdirSync(at('b/inside'), { recursive: true })
  const files = new Map([at('a'), at('b')].map((path) => [path, Uint8Array.of(1)] as const))
  await expect(writeFiles(files)).rejects.toThrow(at('b'))
  expect(all().filter((name) => name.includes('tmp'))).toEqual([])
})
