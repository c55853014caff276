import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { createPool } from '@epipole/core'
import { create } from 'tar'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { decodeImage } from '../tasks/decode-image.js'
import { classFolders } from './class-folders.js'
import { fitPlanes } from './fit-planes.js'
import { openImages } from './open-images.node.js'

let root: string
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'epipole-images-'))
})
afterEach(() => rmSync(root, { recursive: true }))

/** A PPM of one colour. */
const ppm = (rgb: number[], width = 4, height = 4) =>
  Buffer.concat([Buffer.from(`P6\n${width} ${height}\n255\n`), Buffer.alloc(width * height * 3, Uint8Array.from(rgb))])

function write(files: Record<string, Uint8Array | string>): string {
  for (const [name, bytes] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(root, name)), { recursive: true })
    writeFileSync(path.join(root, name), bytes)
  }
  return root
}

const pool = createPool({
  workers: 0,
  tasks: { decodeImage } as never,
  createWorker: () => undefined as never,
}) as never
const open = (more = {}, from = root) => openImages(from, { pool, ...more })

const TWO = {
  'train/cat/a.ppm': ppm([255, 0, 0]),
  'train/cat/b.ppm': ppm([250, 0, 0]),
  'train/dog/c.ppm': ppm([0, 0, 255]),
  'test/dog/d.ppm': ppm([0, 0, 250]),
}

test('what was read is told in words that fit: nothing of classes where none are wanted', async () => {
  write(TWO)
  const told: string[] = []
  const onEvent = (event: { type: string; summary?: string }) =>
    event.type === 'stage-end' && told.push(event.summary ?? '')
  await open({ onEvent })
  await open({ onEvent, unlabelled: true })
  await open({ onEvent, unlabelled: true }, path.join(root, 'test'))
  expect(told).toEqual(['4 images, 2 classes', '4 images', '1 image'])
})

test('class folders below train and test; the same from an archive, compressed or not', async () => {
  write(TWO)
  const sets = await open()
  expect([sets.form, sets.train.classes, sets.train.count, sets.test?.count]).toEqual([
    'class folders',
    ['cat', 'dog'],
    3,
    1,
  ])
  expect([0, 1, 2].map((i) => sets.train.label(i))).toEqual([0, 0, 1])
  expect([...(await sets.train.image(0))]).toEqual([...new Array(16).fill(255), ...new Array(32).fill(0)])
  for (const gzip of [false, true]) {
    const file = path.join(root, gzip ? 'set.tar.gz' : 'set.tar')
    await create({ file, gzip, cwd: root, prefix: 'my-set' }, ['train', 'test'])
    const packed = await open({ channels: 1 }, file)
    expect([packed.train.classes, packed.train.count, packed.test?.label(0)]).toEqual([['cat', 'dog'], 3, 1])
    expect((await packed.train.image(2))[0]).toBe(29) // 0.114 · 255
  }
})

test('IDX and CIFAR are told by their names', async () => {
  const idx = Buffer.from([0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2, 1, 2, 3, 4])
  const labels = Buffer.from([0, 0, 8, 1, 0, 0, 0, 2, 1, 0])
  write({ 'train-images-idx3-ubyte.gz': gzipSync(idx), 'train-labels-idx1-ubyte': labels })
  const sets = await open()
  expect([sets.form, sets.train.count, sets.train.shape, sets.train.label(0)]).toEqual(['IDX', 2, [1, 1, 2], 1])
  // The folder's name is no part of the rule.
  for (const name of ['train-images-idx3-ubyte.gz', 'train-labels-idx1-ubyte'])
    write({ [`my-images/images/${name}`]: name.endsWith('gz') ? gzipSync(idx) : labels })
  expect((await open({}, path.join(root, 'my-images'))).train.count).toBe(2)
  rmSync(path.join(root, 'my-images'), { recursive: true })
  rmSync(path.join(root, 'train-labels-idx1-ubyte'))
  await expect(open()).rejects.toThrow('train-labels-idx1-ubyte is missing')
  rmSync(path.join(root, 'train-images-idx3-ubyte.gz'))
  write({ 'cifar-10-batches-bin/data_batch_1.bin': new Uint8Array(3073) })
  expect((await open()).form).toBe('CIFAR')
  write({ 'cifar-10-batches-bin/batches.meta.txt': 'airplane\nautomobile\n\n' })
  expect((await open()).train.classes).toEqual(['airplane', 'automobile'])
})

test('IDX and CIFAR are brought to the form that is asked for', async () => {
  const record = Uint8Array.from({ length: 3073 }, (_, i) => (i === 0 ? 4 : [200, 100, 0][Math.floor((i - 1) / 1024)]))
  write({ 'data_batch_1.bin': record, 'test_batch.bin': record })
  const { train, test: held } = await open({ channels: 1, size: [8, 4] })
  expect([train.shape, held?.shape]).toEqual([
    [1, 8, 4],
    [1, 8, 4],
  ])
  expect([...(await train.image(0))]).toEqual(new Array(32).fill(Math.round(0.299 * 200 + 0.587 * 100)))
  rmSync(path.join(root, 'data_batch_1.bin'))
  write({
    'train-images-idx3-ubyte': Uint8Array.of(0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 2, 7, 9),
    'train-labels-idx1-ubyte': Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 1, 0),
  })
  const colour = await open({ channels: 3 })
  expect([...(await colour.train.image(0))]).toEqual([7, 9, 7, 9, 7, 9])
  expect([...(await (await open({ size: [1, 1] })).train.image(0))]).toEqual([8])
})

test('a fingerprint tells whether images are the same ones, wherever they lie', async () => {
  write(TWO)
  const { fingerprint } = await open()
  expect(fingerprint).toMatch(/^4 images, SHA-256 [0-9a-f]{16}…$/)
  const file = path.join(root, 'set.tar')
  await create({ file, cwd: root, prefix: 'my-set' }, ['train', 'test'])
  expect((await open({}, file)).fingerprint).toBe(fingerprint)
  rmSync(file)
  const changes: Record<string, Uint8Array>[] = [
    { 'train/dog/c.ppm': ppm([0, 1, 255]) },
    { 'train/dog/c.ppm': TWO['train/dog/c.ppm'], 'test/cat/e.ppm': ppm([9, 9, 9]) },
  ]
  for (const change of changes) {
    write(change)
    expect((await open()).fingerprint).not.toBe(fingerprint)
  }
  const idx = (label: number) => {
    const from = path.join(root, `idx-${label}`)
    write({
      [`idx-${label}/train-images-idx3-ubyte`]: Uint8Array.of(0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 7),
      [`idx-${label}/train-labels-idx1-ubyte`]: Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 1, label),
    })
    return open({}, from).then((sets) => sets.fingerprint)
  }
  expect(await idx(0)).not.toBe(await idx(1))
})

test('refused images are listed by name, whichever was decoded first', async () => {
  write({ ...TWO, 'train/cat/x.ppm': 'no', 'train/cat/y.ppm': 'no', 'train/dog/a.ppm': 'no' })
  let n = 0
  const late = createPool({
    workers: 0,
    tasks: {
      decodeImage: async (payload: Parameters<typeof decodeImage>[0]) => {
        const turns = 8 - n++
        for (let i = 0; i < turns; i++) await new Promise((done) => setTimeout(done, 5))
        return decodeImage(payload)
      },
    } as never,
    createWorker: () => undefined as never,
  }) as never
  const { refused } = await openImages(root, { pool: late, skipDamaged: true })
  expect(refused.map(({ name }) => name)).toEqual(['train/cat/x.ppm', 'train/cat/y.ppm', 'train/dog/a.ppm'])
})

test('what cannot be used is named', async () => {
  await expect(open()).rejects.toThrow('is empty')
  write({ 'cat/a.ppm': ppm([1, 2, 3]) })
  await expect(open()).rejects.toThrow('All images are of one class (cat)')
  mkdirSync(path.join(root, 'dog'))
  await expect(open()).rejects.toThrow(/Class folder .*dog is empty/)
  write({ 'dog/b.ppm': ppm([1, 2, 3], 5, 4) })
  await expect(open()).rejects.toThrow('dog/b.ppm is 5 × 4, others are 4 × 4')
  expect((await open({ size: [3, 3] })).train.shape).toEqual([3, 3, 3])
  write({ 'dog/c.jpg': 'no image', 'dog/b.ppm': ppm([1, 2, 3]) })
  await expect(open()).rejects.toThrow('1 image cannot be read: dog/c.jpg')
  const { train, refused } = await open({ skipDamaged: true })
  expect([train.count, refused.map(({ name }) => name)]).toEqual([2, ['dog/c.jpg']])
  write({ 'loose.ppm': ppm([1, 2, 3]) })
  await expect(open()).rejects.toThrow('loose.ppm is in no class folder')
  write({ 'bad.tar': 'neither tar nor anything' })
  await expect(open({}, path.join(root, 'bad.tar'))).rejects.toMatchObject({ code: 'input' })
  await expect(open({}, path.join(root, 'none'))).rejects.toMatchObject({ code: 'input' })
})

test('test images of a class without training images are refused', () => {
  const files = ['train/a/1.png', 'train/b/1.png', 'test/c/1.png'].map((name) => ({
    name,
    bytes: async () => new Uint8Array(),
  }))
  expect(() => classFolders(files)).toThrow('test/c/1.png is of class c')
})

test("a trained model's classes: some may be missing, others are refused; unlabelled images may lie anywhere", async () => {
  const classes = ['bird', 'cat', 'dog']
  write({ 'dog/young/a.ppm': ppm([1, 2, 3]) })
  const one = await open({ classes })
  expect([one.train.classes, one.train.count, one.train.label(0)]).toEqual([classes, 1, 2])
  write({ 'cow/b.ppm': ppm([1, 2, 3]) })
  await expect(open({ classes })).rejects.toThrow(
    'cow/b.ppm is of class cow, which the model does not know: it knows bird',
  )
  write({ 'loose.ppm': ppm([1, 2, 3]) })
  mkdirSync(path.join(root, 'nothing'))
  const any = await open({ unlabelled: true })
  expect([any.train.count, any.test]).toEqual([3, undefined])
})

test('images are scaled to cover the size by the mean of what each pixel covers', () => {
  const rgb = Uint8Array.from({ length: 4 * 2 * 3 }, (_, i) => (Math.floor(i / 3) % 4) * 60)
  expect([...fitPlanes({ width: 4, height: 2, rgb }, 1, [1, 2]).planes]).toEqual([30, 150])
  // Cut in the middle: of four columns the two inner ones remain.
  expect([...fitPlanes({ width: 4, height: 2, rgb }, 1, [2, 2]).planes]).toEqual([60, 120, 60, 120])
  expect(fitPlanes({ width: 4, height: 2, rgb }, 3).planes).toHaveLength(24)
  expect(fitPlanes({ width: 4, height: 2, rgb }, 1, [8, 8]).planes.every((v) => v > 30 && v < 150)).toBe(true)
})

test('folders inside hidden ones are nobody’s classes, and test images that are all damaged are no test images', async () => {
  write({ ...TWO, 'test/dog/d.ppm': 'no image' })
  mkdirSync(path.join(root, '.git', 'refs'), { recursive: true })
  expect((await open({ skipDamaged: true })).test).toBeUndefined()
})

test('an archive of more than is kept in memory is refused before it is read', async () => {
  const header = Buffer.alloc(512)
  const put = (text: string, at: number) => header.write(text, at)
  put('cat/a.png', 0)
  for (const at of [100, 108, 116]) put('0000644\0', at)
  put(`${(3e9).toString(8).padStart(11, '0')}\0`, 124)
  put('00000000000\0        0', 136)
  put('ustar\u000000', 257)
  put(
    `${header
      .reduce((a, b) => a + b, 0)
      .toString(8)
      .padStart(6, '0')}\0 `,
    148,
  )
  write({ 'large.tar': Buffer.concat([header, Buffer.alloc(4096)]) })
  await expect(open({}, path.join(root, 'large.tar'))).rejects.toThrow('holds more than 2 GB')
})
