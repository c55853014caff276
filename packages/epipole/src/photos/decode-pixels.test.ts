import fc from 'fast-check'
import sharp from 'sharp'
import { beforeAll, expect, test } from 'vitest'
import { claimSize, noise, picture } from '../../test-support/pictures.js'
import { decodePixels } from './decode-pixels.js'
import { writePpm } from './ppm.js'
import { verdictOf } from './refusal.js'

const W = 64
const H = 48
const rgb = noise(W, H)
let jpeg: Uint8Array
beforeAll(async () => {
  jpeg = await picture().jpeg({ quality: 95 }).toBuffer()
})

const refusedAs = (bytes: Uint8Array) =>
  decodePixels(bytes).then(
    () => 'decoded',
    (error: unknown) => verdictOf(error)?.test,
  )

test('lossless formats give back the pixels', async () => {
  for (const bytes of [
    await picture().png().toBuffer(),
    await picture().png({ palette: false, progressive: true }).toBuffer(),
    await picture().tiff({ compression: 'lzw' }).toBuffer(),
    await picture().tiff({ compression: 'none', bigtiff: true }).toBuffer(),
    await picture().webp({ lossless: true }).toBuffer(),
    await picture().avif({ lossless: true }).toBuffer(),
    writePpm({ width: W, height: H, rgb }),
  ]) {
    expect(await decodePixels(bytes)).toEqual({ width: W, height: H, rgb })
  }
})

test('pixels are as stored: EXIF orientation turns nothing, a profile changes nothing', async () => {
  const png = picture()
  const turned = await png.clone().withMetadata({ orientation: 6 }).png().toBuffer()
  expect(await decodePixels(turned)).toEqual({ width: W, height: H, rgb })
  // The same stored values, once tagged as Display P3: a colour-managed decoder would change them.
  const tagged = await png.clone().withIccProfile('p3').png().toBuffer()
  const stored = await sharp(tagged, { ignoreIcc: true }).raw().toBuffer()
  expect((await decodePixels(tagged)).rgb).toEqual(new Uint8Array(stored))
  const managed = await sharp(tagged).raw().toBuffer()
  expect(new Uint8Array(managed)).not.toEqual(new Uint8Array(stored))
})

test('16 bits keep the high byte, gray is repeated, alpha lies over black, CMYK becomes RGB', async () => {
  const high = Uint16Array.from(rgb, (v, i) => v * 256 + (i % 256))
  const deep = await sharp(high, { raw: { width: W, height: H, channels: 3 } })
    .toColourspace('rgb16')
    .png()
    .toBuffer()
  expect(await decodePixels(deep)).toEqual({ width: W, height: H, rgb })

  const gray = rgb.slice(0, W * H)
  const single = await sharp(gray, { raw: { width: W, height: H, channels: 1 } })
    .toColourspace('b-w')
    .png()
    .toBuffer()
  expect((await decodePixels(single)).rgb).toEqual(Uint8Array.from(rgb, (_, i) => gray[Math.floor(i / 3)]!))

  const rgba = Uint8Array.from({ length: W * H * 4 }, (_, i) => (i % 4 === 3 ? 64 : 200))
  const clear = await sharp(rgba, { raw: { width: W, height: H, channels: 4 } })
    .png()
    .toBuffer()
  // 200 × 64 / 255 = 50.2
  expect(new Set((await decodePixels(clear)).rgb)).toEqual(new Set([50]))

  const print = await picture().toColourspace('cmyk').jpeg().toBuffer()
  expect((await decodePixels(print)).rgb.length).toBe(W * H * 3)
})

test('a cut file of any format is refused, wherever it is cut', async () => {
  const files = [
    jpeg,
    await picture().jpeg({ progressive: true }).toBuffer(),
    await picture().png().toBuffer(),
    await picture().webp().toBuffer(),
    await picture().tiff({ compression: 'none' }).toBuffer(),
    await picture().avif().toBuffer(),
    writePpm({ width: W, height: H, rgb }),
  ]
  for (const file of files) {
    for (const part of [0.2, 0.5, 0.9, 0.97]) {
      const test = await refusedAs(file.slice(0, Math.floor(file.length * part)))
      expect(test).toMatch(/^(truncated-file|damaged-header|undecodable)$/)
    }
  }
  expect(await refusedAs(jpeg.slice(0, jpeg.length / 2))).toBe('truncated-file')
})

test('bytes behind the picture do no harm', async () => {
  const trailing = new Uint8Array(jpeg.length + 1000).fill(7)
  trailing.set(jpeg)
  expect(await decodePixels(trailing)).toEqual(await decodePixels(jpeg))
})

test('a header that claims too much is refused before anything is decoded', async () => {
  const before = process.memoryUsage().rss
  expect(await refusedAs(claimSize(jpeg, 20000, 20000))).toBe('too-large')
  expect(process.memoryUsage().rss - before).toBeLessThan(200e6)
})

test('whatever the bytes, the answer is pixels or a verdict', async () => {
  const heads = [
    jpeg,
    await picture().png().toBuffer(),
    await picture().webp().toBuffer(),
    await picture().tiff().toBuffer(),
  ]
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...heads),
      fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 20 }),
      fc.nat(),
      async (file, changes, cut) => {
        const bytes = new Uint8Array(file.subarray(0, 1 + (cut % file.length)))
        for (const [at, value] of changes) bytes[at % bytes.length] = value
        const outcome = await decodePixels(bytes).then(
          (pixels) => pixels.rgb.length === pixels.width * pixels.height * 3,
          (error: unknown) => verdictOf(error) !== undefined,
        )
        expect(outcome).toBe(true)
      },
    ),
    { numRuns: 200, seed: 7 },
  )
})
