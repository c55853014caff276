import fs from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { box, claimSize, picture, tiff } from '../../test-support/pictures.js'
import { openPhotos } from './open-photos.js'

let root: string
const write = async (name: string, bytes: Uint8Array | string) => {
  const file = path.join(root, name)
  await fs.mkdir(path.dirname(file), { recursive: true })
  await fs.writeFile(file, bytes)
}

let jpeg: Uint8Array
beforeAll(async () => {
  jpeg = await picture().jpeg().toBuffer()
})

const roots: string[] = []
async function fresh(name = 'some photos') {
  const base = await fs.mkdtemp(path.join(os.tmpdir(), 'epipole-photos-'))
  roots.push(base)
  root = path.join(base, name)
  await fs.mkdir(root)
}
afterAll(async () => {
  for (const base of roots) await fs.rm(base, { recursive: true, force: true })
})

test('finds nested photos of any case and spelling, and leaves out what is hidden or ours', async () => {
  await fresh()
  await write('b.JPG', jpeg)
  await write('a.jpeg', jpeg)
  await write('in side/Größe 1.png', await picture().png().toBuffer())
  await write('in side/deep/x.webp', await picture().webp().toBuffer())
  await write('t.TIF', await picture().tiff().toBuffer())
  await write('v.avif', await picture().avif().toBuffer())
  await write('NOEXTENSION', jpeg)
  await write('lies.png', jpeg)
  await write('._a.jpeg', 'resource fork')
  await write('.hidden/c.jpg', jpeg)
  await write('some photos-epipole/sparse/0/cameras.bin', '')
  await write('some photos-epipole/thumb.jpg', jpeg)
  await write('out/.epipole/ab/x.rec', '')
  await write('out/thumb.jpg', jpeg)
  await write('K.txt', '1 0 0')
  await write('LICENSE', 'text')
  const set = await openPhotos(root)
  expect(set.name).toBe('some photos')
  expect(set.photos.map((p) => [p.name, p.format])).toEqual([
    ['NOEXTENSION', 'jpeg'],
    ['a.jpeg', 'jpeg'],
    ['b.JPG', 'jpeg'],
    ['in side/Größe 1.png', 'png'],
    ['in side/deep/x.webp', 'webp'],
    ['lies.png', 'jpeg'],
    ['t.TIF', 'tiff'],
    ['v.avif', 'avif'],
  ])
  expect(set.photos.every((p) => p.width === 64 && p.height === 48)).toBe(true)
  expect(set.refused).toEqual([])
  expect(set.ignored).toEqual(['K.txt', 'LICENSE'])
  expect(await set.photos[2]!.bytes()).toEqual(new Uint8Array(jpeg))
})

test('sorts composed and decomposed names alike, and keeps each as it is spelled', async () => {
  const order = async (form: 'NFC' | 'NFD') => {
    await fresh()
    for (const name of ['é.jpg', 'f.jpg', 'z.jpg', 'ez.jpg']) await write(name.normalize(form), jpeg)
    return (await openPhotos(root)).photos.map((p) => p.name)
  }
  const nfc = await order('NFC')
  const nfd = await order('NFD')
  expect(nfc).toEqual(['ez.jpg', 'f.jpg', 'z.jpg', 'é.jpg'])
  expect(nfd.map((name) => name.normalize('NFC'))).toEqual(nfc)
  expect(nfd[3]).toBe('é.jpg'.normalize('NFD'))
})

test('follows links, ends in loops of links, and takes a photo reached twice once, by its real name', async () => {
  await fresh()
  await write('real/a.jpg', jpeg)
  await write('../elsewhere/b.jpg', jpeg)
  await fs.symlink('..', path.join(root, 'real/up'))
  await fs.symlink('real', path.join(root, 'again'))
  await fs.symlink('real/a.jpg', path.join(root, 'a-too.jpg'))
  await fs.symlink(path.join(root, '../elsewhere'), path.join(root, 'linked'))
  await fs.symlink('nowhere', path.join(root, 'broken.jpg'))
  const set = await openPhotos(root)
  expect(set.photos.map((p) => p.name)).toEqual(['linked/b.jpg', 'real/a.jpg'])
  expect(set.refused.map((r) => [r.name, r.verdict.test])).toEqual([['broken.jpg', 'unreadable-file']])
})

test('refuses each kind of bad file with its own verdict', async () => {
  await fresh()
  const ascii = (text: string) => new TextEncoder().encode(text)
  const dng = [
    { tag: 254, type: 4, values: [1] },
    { tag: 256, type: 4, values: [256] },
    { tag: 257, type: 4, values: [171] },
    { tag: 271, type: 2, values: 'NIKON CORPORATION' },
    { tag: 330, type: 4, values: [1000, 2000] },
  ] as const
  await write('a-text.jpg', 'I am no photo\n')
  await write('b-empty.jpg', '')
  await write('c-tiny.png', await picture(1, 1).png().toBuffer())
  await write('d-bomb.jpg', claimSize(jpeg, 20000, 20000))
  await write('e-cut.jpg', jpeg.slice(0, 40))
  await write('f.HEIC', box('ftyp', 'heic', '\0\0\0\0', 'mif1heic'))
  await write('g-iphone.jpg', box('ftyp', 'mif1', '\0\0\0\0', 'mif1heic'))
  await write('h.NEF', tiff(dng))
  await write('i.cr2', new Uint8Array([...ascii('II*\0\x10\0\0\0CR\x02\0'), ...new Uint8Array(64)]))
  await write('j.CR3', box('ftyp', 'crx ', '\0\0\0\x01', 'crx isom'))
  await write('k.dng', tiff([{ tag: 50706, type: 4, values: [0x04010000] }]))
  await write('my clip.MOV', box('ftyp', 'qt  ', '\0\0\0\0', 'qt  '))
  await write('clip.mp4', box('ftyp', 'isom', '\0\0\x02\0', 'isomiso2avc1mp41'))
  await write('l.gif', 'GIF89a......')
  await write('m.jpg', new Uint8Array(4096).fill(0xa5))
  await write('n.iiq', new Uint8Array(4096).fill(0xa5))
  await write('o.jxl', new Uint8Array([0xff, 0x0a, 1, 2, 3]))
  const set = await openPhotos(root)
  expect(set.photos).toEqual([])
  const tests = Object.fromEntries(set.refused.map((r) => [r.name, r.verdict.test]))
  expect(tests).toEqual({
    'a-text.jpg': 'not-a-photo',
    'b-empty.jpg': 'empty-file',
    'c-tiny.png': 'too-small',
    'clip.mp4': 'unsupported-video',
    'd-bomb.jpg': 'too-large',
    'e-cut.jpg': 'damaged-header',
    'f.HEIC': 'unsupported-heic',
    'g-iphone.jpg': 'unsupported-heic',
    'h.NEF': 'unsupported-raw',
    'i.cr2': 'unsupported-raw',
    'j.CR3': 'unsupported-raw',
    'k.dng': 'unsupported-raw',
    'l.gif': 'unsupported-format',
    'm.jpg': 'not-a-photo',
    'my clip.MOV': 'unsupported-video',
    'n.iiq': 'unsupported-raw',
    'o.jxl': 'unsupported-format',
  })
  const text = (name: string) => set.refused.find((r) => r.name === name)!.verdict.text
  expect(text('f.HEIC')).toContain('magick mogrify -format jpg *.HEIC')
  expect(text('g-iphone.jpg')).toContain('magick mogrify -path converted -format jpg *.jpg')
  expect(text('h.NEF')).toContain('magick mogrify -format jpg *.NEF')
  expect(text('clip.mp4')).toContain('ffmpeg -i clip.mp4 -vf fps=2')
  expect(text('my clip.MOV')).toContain('ffmpeg -i clip.MOV -vf fps=2')
  const bomb = set.refused.find((r) => r.name === 'd-bomb.jpg')!.verdict
  expect([bomb.value, bomb.threshold, bomb.unit]).toEqual([4e8, 2 ** 28, 'px'])
})

test('an empty folder is an empty set; a missing folder and a file are errors that say so', async () => {
  await fresh()
  expect(await openPhotos(root)).toEqual({ name: 'some photos', photos: [], refused: [], ignored: [] })
  await expect(openPhotos(path.join(root, 'missing'))).rejects.toMatchObject({ code: 'input' })
  await write('a.jpg', jpeg)
  await expect(openPhotos(path.join(root, 'a.jpg'))).rejects.toMatchObject({ code: 'input' })
})

test('takes the files a person chose in a browser', async () => {
  const file = (name: string, relative: string, bytes: Uint8Array | string) =>
    Object.defineProperty(new File([bytes as BlobPart], name), 'webkitRelativePath', { value: relative })
  const set = await openPhotos([
    file('b.jpg', 'holiday/b.jpg', jpeg),
    file('a.jpg', 'holiday/in/a.jpg', jpeg),
    file('._a.jpg', 'holiday/in/._a.jpg', 'x'),
    file('t.jpg', 'holiday/t.jpg', 'text'),
  ])
  expect(set.name).toBe('holiday')
  expect(set.photos.map((p) => p.name)).toEqual(['b.jpg', 'in/a.jpg'])
  expect(set.refused.map((r) => r.verdict.test)).toEqual(['not-a-photo'])
  expect(await set.photos[0]!.bytes()).toEqual(new Uint8Array(jpeg))
  const plain = await openPhotos([new File([jpeg as BlobPart], 'x.jpg')])
  expect([plain.name, plain.photos[0]!.name]).toEqual(['photos', 'x.jpg'])
})
