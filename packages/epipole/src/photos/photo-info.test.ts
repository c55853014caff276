import { describe, expect, test } from 'vitest'
import { picture, tiff } from '../../test-support/pictures.js'
import { exifFacts, readExifFacts } from './exif-facts.js'
import { focalPrior } from './focal.js'
import { groupCameras } from './group-cameras.js'
import type { Photo } from './photo.js'
import { readPhotoInfo } from './photo-info.js'
import { photosFromPlanes } from './planes.js'

const photo = (bytes: Uint8Array, width = 64, height = 48): Photo => ({
  name: 'a.jpg',
  format: 'jpeg',
  size: bytes.length,
  width,
  height,
  bytes: async () => bytes,
})

const withExif = (ifd: Record<string, string>, exif: Record<string, string>) =>
  picture().withExif({ IFD0: ifd, IFD2: exif }).withMetadata({ orientation: 6 }).jpeg().toBuffer()

test('reads make, model, lens, focal length, orientation and identity', async () => {
  const bytes = await withExif(
    { Make: 'Canon', Model: 'Canon EOS 5D' },
    { LensModel: 'EF50mm f/1.4', FocalLength: '50/1', FocalLengthIn35mmFilm: '50' },
  )
  const info = await readPhotoInfo(photo(bytes))
  expect(info).toMatchObject({ width: 64, height: 48, orientation: 6 })
  expect(info.exif).toMatchObject({
    make: 'Canon',
    model: 'Canon EOS 5D',
    lens: 'EF50mm f/1.4',
    focalMm: 50,
    focal35mm: 50,
  })
  // 50 mm on a diagonal of 80 px: 50 × 80 / 43.2666 = 92.450
  expect(info.focal.source).toBe('exif-35mm')
  expect(info.focal.px).toBeCloseTo(92.45, 2)
  // sha256sum of the same bytes, by node:crypto
  const { createHash } = await import('node:crypto')
  expect(info.sha256).toBe(createHash('sha256').update(bytes).digest('hex'))
})

test('a photo without EXIF, and one whose EXIF is damaged, give no facts and the default focal length', async () => {
  const bare = await readPhotoInfo(photo(await picture().jpeg().toBuffer()))
  expect(bare.exif).toEqual({})
  expect(bare.focal).toEqual({ px: 1.2 * 64, source: 'default' })
  expect(bare.orientation).toBe(1)
  const good = await withExif({ Make: 'Canon' }, { FocalLength: '50/1' })
  for (let cut = 0; cut < 200; cut += 7) {
    const damaged = new Uint8Array(good)
    damaged.fill(0xff, 24 + cut, 40 + cut)
    expect(() => readExifFacts(damaged)).not.toThrow()
  }
})

test('facts from anywhere are cleaned', () => {
  expect(
    exifFacts({ make: ' A\u0000\u001b[31m ', model: 7, focalMm: 0, focal35mm: Number.NaN, orientation: 9, lens: '' }),
  ).toEqual({ make: 'A [31m' })
})

describe('focal length', () => {
  const facts = { focalMm: 4.15, focal35mm: 29 }

  test('35 mm equivalent is by the diagonal', () => {
    // iPhone 6s: 4.15 mm, 1.22 µm pixels of 4032 × 3024 give 3402 px; EXIF says 29 mm.
    const { focal } = focalPrior(facts, 4032, 3024)
    expect(focal.source).toBe('exif-35mm')
    expect(Math.abs(focal.px / 3402 - 1)).toBeLessThan(0.01)
    // turned pixels have the same focal length
    expect(focalPrior(facts, 3024, 4032).focal.px).toBe(focal.px)
  })

  test('focal-plane resolution in inches, centimetres and millimetres, scaled with a resized file', () => {
    // Canon EOS 5D: 12.7 µm… its EXIF says 3086.9 px per inch × … 8.2 µm pixels: 50 mm = 6098 px of 4368.
    const plane = { focalMm: 50, pixelXDimension: 4368, pixelYDimension: 2912 }
    const inch = { ...plane, focalPlaneXResolution: 3097.56, focalPlaneUnitMm: 25.4 }
    const cm = { ...plane, focalPlaneXResolution: 1219.51, focalPlaneUnitMm: 10 }
    expect(focalPrior(inch, 4368, 2912).focal.source).toBe('exif-focal-plane')
    expect(focalPrior(inch, 4368, 2912).focal.px).toBeCloseTo(6097.6, 0)
    expect(focalPrior(cm, 4368, 2912).focal.px).toBeCloseTo(6097.6, 0)
    expect(focalPrior(inch, 1092, 728).focal.px).toBeCloseTo(6097.6 / 4, 0)
    expect(focalPrior(inch, 728, 1092).focal.px).toBeCloseTo(6097.6 / 4, 0)
  })

  test('the finer value where two agree, the 35 mm one with a warning where they do not', () => {
    const both = { focalMm: 50, focal35mm: 50, focalPlaneXResolution: 121, focalPlaneUnitMm: 1 }
    expect(focalPrior(both, 4368, 2912)).toEqual({ focal: { px: 6050, source: 'exif-focal-plane' }, warnings: [] })
    const contradicting = focalPrior({ ...both, focalPlaneXResolution: 60 }, 4368, 2912)
    expect(contradicting.focal.source).toBe('exif-35mm')
    expect(contradicting.warnings.join()).toContain('contradicts')
  })

  test('absurd values are ignored with a warning', () => {
    for (const absurd of [
      { focal35mm: 1 },
      { focal35mm: 60000 },
      { focalMm: 5, focalPlaneXResolution: 1e9, focalPlaneUnitMm: 1 },
    ]) {
      const { focal, warnings } = focalPrior(absurd, 4000, 3000)
      expect(focal).toEqual({ px: 4800, source: 'default' })
      expect(warnings).toHaveLength(1)
    }
  })
})

describe('grouping', () => {
  const exif = { make: 'A', model: 'B', lens: 'C', focalMm: 24, focal35mm: 36 }
  const base = { width: 300, height: 200, exif }

  test('photos share a camera only where everything is equal', () => {
    const others = [
      { ...base, width: 200, height: 300 },
      { ...base, exif: { ...exif, make: 'X' } },
      { ...base, exif: { ...exif, model: 'X' } },
      { ...base, exif: { ...exif, lens: 'X' } },
      { ...base, exif: { ...exif, focalMm: 25 } },
      { ...base, exif: { ...exif, focal35mm: 72 } },
    ]
    expect(groupCameras([base, ...others, base])).toEqual([1, 2, 3, 4, 5, 6, 7, 1])
  })

  test('without EXIF each photo has its own; sharing on request joins photos of one size', () => {
    const bare = { width: 300, height: 200, exif: {} }
    const unzoomed = { ...bare, exif: { make: 'A' } }
    expect(groupCameras([bare, bare, unzoomed, unzoomed])).toEqual([1, 2, 3, 4])
    expect(groupCameras([bare, base, { ...bare, width: 10 }], { sharedCamera: true })).toEqual([1, 1, 2])
  })
})

test('planes carry their facts through the same door', async () => {
  const rgb = new Uint8Array(64 * 48 * 3).fill(9)
  const set = photosFromPlanes([
    { name: 'b.jpg', width: 64, height: 48, rgb, exif: { make: 'Zürich ☃', focal35mm: 50, orientation: 3 } },
    { name: 'a.jpg', width: 64, height: 48, rgb },
  ])
  expect(set.photos.map((p) => p.name)).toEqual(['a.jpg', 'b.jpg'])
  const info = await readPhotoInfo(set.photos[1]!)
  expect(info.exif).toEqual({ make: 'Zürich ☃', focal35mm: 50, orientation: 3 })
  expect(info.focal.px).toBeCloseTo(92.45, 2)
  expect(() => photosFromPlanes([{ name: 'c', width: 64, height: 48, rgb: rgb.subarray(1) }])).toThrow(/9216/)
})

test('EXIF of a TIFF photo is read too', () => {
  expect(
    readExifFacts(
      tiff([
        { tag: 271, type: 2, values: 'Leica' },
        { tag: 274, type: 3, values: [8] },
      ]),
    ),
  ).toEqual({
    make: 'Leica',
    orientation: 8,
  })
})
