import path from 'node:path'
import type { Browser, Page } from 'playwright-core'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { decodePixels } from '../packages/epipole/dist/photos/decode-pixels.js'
import { claimSize, noise, picture } from '../packages/epipole/test-support/pictures.js'
import type { PhotosInPage } from './photos/page.js'
import { launchChromium } from './support/chromium.js'
import { bundlePage, openPage } from './support/page.js'

declare const photosInPage: PhotosInPage

let browser: Browser
let page: Page
let errors: string[]
beforeAll(async () => {
  browser = await launchChromium()
  const opened = await openPage(browser, await bundlePage(path.resolve(import.meta.dirname, 'photos/page.ts')))
  page = opened.page
  errors = opened.errors
  await page.waitForFunction(() => 'photosInPage' in globalThis)
})
afterAll(async () => {
  await browser?.close()
  expect(errors).toEqual([])
})

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64')
const decodeInPage = (bytes: Uint8Array) => page.evaluate((b) => photosInPage.decode(b), base64(bytes))

async function pixelsInPage(bytes: Uint8Array) {
  const result = await decodeInPage(bytes)
  if ('refused' in result) throw new Error(`refused: ${result.refused}`)
  return { ...result, rgb: new Uint8Array(Buffer.from(result.rgb, 'base64')) }
}

const WIDTH = 70
const HEIGHT = 600 // more rows than one strip
const rgb = noise(WIDTH, HEIGHT)
const photo = () => picture(WIDTH, HEIGHT, rgb)

test('lossless photos give the same pixels in Chromium and in Node, whatever orientation and profile say', async () => {
  const tagged = photo().withMetadata({ orientation: 6 })
  const profile = await photo().withIccProfile('p3').png().toBuffer()
  const gray = sharp(rgb.slice(0, WIDTH * HEIGHT), { raw: { width: WIDTH, height: HEIGHT, channels: 1 } })
  const deep = Uint16Array.from(rgb, (v, i) => v * 256 + (i % 256))
  for (const [name, bytes] of [
    ['PNG', await photo().png().toBuffer()],
    ['turned PNG', await tagged.clone().png().toBuffer()],
    ['turned WebP', await tagged.clone().webp({ lossless: true }).toBuffer()],
    ['PNG with a profile', profile],
    ['AVIF', await photo().avif({ lossless: true }).toBuffer()],
    ['gray PNG', await gray.toColourspace('b-w').png().toBuffer()],
    [
      '16-bit PNG',
      await sharp(deep, { raw: { width: WIDTH, height: HEIGHT, channels: 3 } })
        .toColourspace('rgb16')
        .png()
        .toBuffer(),
    ],
  ] as const) {
    const here = await decodePixels(bytes)
    const there = await pixelsInPage(bytes)
    expect([name, there.width, there.height]).toEqual([name, here.width, here.height])
    expect([name, Buffer.compare(there.rgb, here.rgb)]).toEqual([name, 0])
  }
})

test('JPEGs differ by a few counts only, turned or with a profile', async () => {
  // Smooth colours: how chroma is interpolated is a decoder's own choice.
  const smooth = Uint8Array.from(rgb, (_, i) => {
    const x = Math.floor(i / 3) % WIDTH
    const y = Math.floor(i / 3 / WIDTH)
    return [x * 3, y / 3, 255 - x * 2][i % 3]!
  })
  const base = picture(WIDTH, HEIGHT, smooth)
  for (const bytes of [
    await base.clone().jpeg({ quality: 95 }).toBuffer(),
    await base.clone().withMetadata({ orientation: 6 }).jpeg({ quality: 95 }).toBuffer(),
    await base.clone().withMetadata({ orientation: 3 }).jpeg({ progressive: true }).toBuffer(),
    await base.clone().withIccProfile('p3').jpeg({ quality: 95 }).toBuffer(),
  ]) {
    const here = await decodePixels(bytes)
    const there = await pixelsInPage(bytes)
    expect([there.width, there.height]).toEqual([WIDTH, HEIGHT])
    const worst = here.rgb.reduce((max, v, i) => Math.max(max, Math.abs(v - there.rgb[i]!)), 0)
    expect(worst).toBeLessThanOrEqual(6)
  }
})

test('alpha lies over black', async () => {
  const rgba = Uint8Array.from({ length: 64 * 48 * 4 }, (_, i) => (i % 4 === 3 ? 64 : 200))
  const clear = await sharp(rgba, { raw: { width: 64, height: 48, channels: 4 } })
    .png()
    .toBuffer()
  const { rgb: pixels } = await pixelsInPage(clear)
  for (const value of new Set(pixels)) expect(Math.abs(value - 50)).toBeLessThanOrEqual(2)
})

test('cut, oversized and foreign files are refused, not drawn in gray', async () => {
  const jpeg = await photo().jpeg().toBuffer()
  const png = await photo().png().toBuffer()
  const refused = async (bytes: Uint8Array) => {
    const result = await decodeInPage(bytes)
    return 'refused' in result ? result.refused : 'decoded'
  }
  for (const part of [0.3, 0.6, 0.95]) {
    expect(await refused(jpeg.subarray(0, jpeg.length * part))).toBe('truncated-file')
    expect(await refused(png.subarray(0, png.length * part))).toMatch(/undecodable|truncated-file/)
  }
  expect(await refused(claimSize(jpeg, 20000, 20000))).toBe('too-large')
  expect(await refused(await photo().tiff().toBuffer())).toBe('undecodable')
  expect(await refused(new TextEncoder().encode('text'))).toBe('not-a-photo')
})

test('chosen files become a set with EXIF and identity; a path cannot be opened', async () => {
  const exif = { IFD0: { Make: 'Canon', Model: 'EOS' }, IFD2: { FocalLengthIn35mmFilm: '50' } }
  const bytes = await picture().withExif(exif).jpeg().toBuffer()
  const files = [
    { name: 'b.jpg', base64: base64(bytes) },
    { name: 'a.jpg', base64: base64(new TextEncoder().encode('text')) },
  ]
  const { infos, refused } = await page.evaluate((list) => photosInPage.open(list), files)
  expect(infos).toHaveLength(1)
  expect(infos[0]).toMatchObject({ name: 'b.jpg', exif: { make: 'Canon', model: 'EOS', focal35mm: 50 } })
  const { createHash } = await import('node:crypto')
  expect(infos[0]!.sha256).toBe(createHash('sha256').update(bytes).digest('hex'))
  expect(refused.map((r) => [r.name, r.verdict.test])).toEqual([['a.jpg', 'not-a-photo']])
  expect(await page.evaluate(() => photosInPage.openByPath())).toBe('unsupported')
})

test('thumbnails are JPEGs of the asked size', async () => {
  const png = await photo().png().toBuffer()
  const jpeg = Buffer.from(await page.evaluate((b) => photosInPage.thumbnail(b, 60), base64(png)), 'base64')
  expect(await sharp(jpeg).metadata()).toMatchObject({ format: 'jpeg', width: 7, height: 60 })
})

test('work in progress lives in the private file system', async () => {
  expect(await page.evaluate(() => photosInPage.store())).toEqual({
    keys: ['kind-A', 'kind-b'],
    small: [1, 2, 3],
    big: true,
    missing: undefined,
    left: ['kind-b'],
  })
})
