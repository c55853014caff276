import fs from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { photosFromPlanes } from '../photos/planes.js'
import { claimOutFolder, defaultOut } from './out-folder.js'

const roots: string[] = []
let out: string
beforeEach(async () => {
  const root = await fs.mkdtemp(path.join(os.tmpdir(), 'epipole-out-'))
  roots.push(root)
  out = path.join(root, 'out')
})
afterAll(async () => {
  for (const root of roots) await fs.rm(root, { recursive: true, force: true })
})

const set = (...names: string[]) =>
  photosFromPlanes(names.map((name) => ({ name, width: 40, height: 40, rgb: new Uint8Array(4800) })))

test('a free folder is taken; the same set comes back, and its changes are noticed', async () => {
  expect(await claimOutFolder(out, 'photos', set('a', 'b'), false)).toBeUndefined()
  expect(await claimOutFolder(out, 'photos', set('a', 'b'), false)).toEqual({ added: 0, removed: 0 })
  expect(await claimOutFolder(out, 'moved/photos', set('b', 'c', 'd'), false)).toEqual({ added: 2, removed: 1 })
})

test("another set's work is refused, by name, and given up only by --fresh", async () => {
  await claimOutFolder(out, 'one', set('a', 'b'), false)
  await fs.mkdir(path.join(out, 'sparse/0'), { recursive: true })
  await fs.writeFile(path.join(out, 'sparse/0/points3D.bin'), 'x')
  await fs.writeFile(path.join(out, 'notes.txt'), 'mine')
  await expect(claimOutFolder(out, 'two', set('c', 'd'), false)).rejects.toMatchObject({
    code: 'usage',
    message: expect.stringMatching(/other photos \(2 of .*one\).*--fresh/),
  })
  expect(await fs.readdir(path.join(out, 'sparse/0'))).toEqual(['points3D.bin'])
  expect(await claimOutFolder(out, 'two', set('c', 'd'), true)).toBeUndefined()
  expect((await fs.readdir(out)).sort()).toEqual(['.epipole', 'notes.txt'])
})

test('a model that Epipole did not write is never touched, --fresh or not', async () => {
  await fs.mkdir(path.join(out, 'sparse/0'), { recursive: true })
  for (const fresh of [false, true]) {
    await expect(claimOutFolder(out, 'photos', set('a'), fresh)).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining('sparse'),
    })
  }
  expect(await fs.readdir(out)).toEqual(['sparse'])
})

test('--fresh forgets the work in progress', async () => {
  await claimOutFolder(out, 'photos', set('a'), false)
  await fs.mkdir(path.join(out, '.epipole/ab'))
  await fs.writeFile(path.join(out, '.epipole/ab/x.rec'), 'x')
  await claimOutFolder(out, 'photos', set('a'), true)
  expect(await fs.readdir(path.join(out, '.epipole'))).toEqual(['set.json'])
})

test('a folder that cannot be written is an io error that names it', async () => {
  await fs.writeFile(out, 'a file')
  await expect(claimOutFolder(path.join(out, 'x'), 'photos', set('a'), false)).rejects.toMatchObject({
    code: 'io',
    message: expect.stringContaining(out),
  })
})

test('the default is beside the working directory, named after the photos', () => {
  expect(defaultOut('/data/my photos/')).toBe('my photos-epipole')
  expect(defaultOut('.')).toBe(`${path.basename(process.cwd())}-epipole`)
})
