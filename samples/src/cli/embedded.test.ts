import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import ExifReader from 'exifreader'
import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import { setTruth } from '../sets/photo-set.js'
import { photoSet, renderSet } from '../sets/render-set.js'
import { encodeJpeg } from './encode.js'

const folder = new URL('../../arch/', import.meta.url)
const file = (name: string) => readFileSync(new URL(name, folder))
const set = photoSet('arch', { width: 1200 })

describe('the embedded sample', () => {
  test('has its photos, in a few megabytes', () => {
    expect(existsSync(folder)).toBe(true)
    const names = readdirSync(new URL('photos', folder)).sort()
    expect(names).toEqual(set.shots.map((shot) => shot.view.name))
    expect(names.length).toBeGreaterThanOrEqual(16)
    const bytes = names.reduce((sum, name) => sum + statSync(new URL(`photos/${name}`, folder)).size, 0)
    expect(bytes).toBeLessThan(8e6)
  })

  test('has the truth of the set it was rendered from', () => {
    expect(JSON.parse(file('truth.json').toString())).toEqual(JSON.parse(JSON.stringify(setTruth(set))))
  })

  test('carries the EXIF of its camera', async () => {
    for (const { view, exif } of set.shots) {
      const tags = ExifReader.load(file(`photos/${view.name}`))
      expect(tags.Make?.description).toBe(exif.make)
      expect(tags.Model?.description).toBe(exif.model)
      expect(tags.LensModel?.description).toBe(exif.lensModel)
      expect(tags.Orientation?.value).toBe(exif.orientation)
      expect(tags.FocalLengthIn35mmFilm?.value).toBe(exif.focalLength35mm)
      expect(tags.FocalLength?.value).toEqual([exif.focalLength * 10, 10])
      const { width, height } = await sharp(file(`photos/${view.name}`)).metadata()
      expect([width, height]).toEqual([view.camera.width, view.camera.height])
      // What a reader guesses from EXIF is near the truth, and not the truth.
      const guess = (exif.focalLength35mm / 36) * view.camera.width
      expect(Math.abs(guess / view.camera.params[0] - 1)).toBeLessThan(0.05)
      expect(guess).not.toBe(view.camera.params[0])
    }
  })

  test('shows what the renderer renders', async () => {
    for (const index of [0, 9, 18]) {
      const { photos } = renderSet('arch', { width: 150, only: [index], samples: 2, indirect: true })
      const [photo] = photos
      const small = await sharp(file(`photos/${photo.name}`))
        .resize(150, 100, { kernel: 'cubic' })
        .removeAlpha()
        .raw()
        .toBuffer()
      let squares = 0
      for (let i = 0; i < small.length; i++) squares += (small[i] - photo.rgb[i]) ** 2
      const psnr = 10 * Math.log10((255 * 255) / (squares / small.length))
      expect(psnr).toBeGreaterThan(24)
    }
  })
})

test('a written photo reads back with its pixels and tags', async () => {
  const { photos } = renderSet('plane', { width: 120, only: [0] })
  const jpeg = await encodeJpeg({ ...photos[0], exif: { ...photos[0].exif, orientation: 6 } })
  const tags = ExifReader.load(jpeg)
  expect(tags.Orientation?.value).toBe(6)
  expect(tags.ExposureTime?.value).toEqual([1, 250])
  const { data, info } = await sharp(jpeg).raw().toBuffer({ resolveWithObject: true })
  expect([info.width, info.height]).toEqual([120, 80])
  const mean = photos[0].rgb.reduce((sum, v, i) => sum + Math.abs(v - data[i]), 0) / data.length
  expect(mean).toBeLessThan(8)
})
