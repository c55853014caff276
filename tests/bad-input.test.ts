import { copyFile, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { EpipoleError, memoryStore, type Store } from '@epipole/core'
import { type RenderedPhoto, renderSet } from '@epipole/samples'
import { type ReconstructOptions, reconstruct } from 'epipole'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { claimSize } from '../packages/epipole/test-support/pictures.js'
import { encodeJpeg } from '../samples/dist/cli/encode.js'
import { epipole } from './support/cli.js'
import {
  compareWithTruth,
  expectAccounted,
  expectFinite,
  photoSetOf,
  readReport,
  readSparse,
  writePhotos,
} from './support/photos.js'

let root: string
const loop = renderSet('loop', { only: [0, 1, 2, 3] })

beforeAll(async () => {
  root = await mkdtemp(path.join(os.tmpdir(), 'epipole-bad-'))
})
afterAll(() => rm(root, { recursive: true, force: true }))

/** Runs the command line on photos in a folder of their own. */
async function runOn(name: string, photos: readonly RenderedPhoto[], flags: readonly string[] = []) {
  const folder = await writePhotos(path.join(root, name, 'photos'), photos)
  return runIn(name, folder, flags)
}

async function runIn(name: string, folder: string, flags: readonly string[] = []) {
  const out = path.join(root, name, 'out')
  const run = await epipole(['reconstruct', folder, '--out', out, '--json', ...flags])
  // A run that got as far as an output folder leaves a report, whatever came of it.
  const report = await readReport(out)
  expectAccounted(report)
  expect(run.stdout.trimEnd().split('\n')).toHaveLength(1)
  expect(JSON.parse(run.stdout)).toMatchObject({ exitCode: run.code, ok: run.code === 0, verdict: report.verdict })
  expect(run.stderr).not.toMatch(/\bat .*:\d+:\d+|NaN|undefined|\[object/)
  return { ...run, report, out }
}

/** The library, on decoded planes. */
async function library(photos: readonly RenderedPhoto[], options: ReconstructOptions = {}) {
  const result = await reconstruct(photoSetOf(photos), { thumbnail: 0, workers: 1, ...options })
  expectAccounted(result.report)
  for (const model of result.models) expectFinite(model)
  return result
}

describe('files that are no photos', () => {
  test('among good ones: each has its line, and the rest is reconstructed', async () => {
    const folder = await writePhotos(path.join(root, 'mixed/photos'), loop.photos)
    const [good] = loop.photos
    const whole = await encodeJpeg(good!)
    const tiny = sharp(new Uint8Array([10, 20, 30]), { raw: { width: 1, height: 1, channels: 3 } })
    const files: Record<string, Uint8Array | string> = {
      'cut in the header.jpg': whole.subarray(0, 200),
      'cut in the middle.jpg': whole.subarray(0, whole.length >> 1),
      'cut near the end.JPG': whole.subarray(0, whole.length - 200),
      'text.jpg': 'This is no photo.\n',
      'empty.png': '',
      'one pixel.png': await tiny.png().toBuffer(),
      'huge.jpg': claimSize(whole, 20_000, 20_000),
      'zeros.jpg': new Uint8Array(5000),
      '._loop-01.jpg': 'a resource fork, ignored',
    }
    for (const [name, content] of Object.entries(files)) await writeFile(path.join(folder, name), content)
    const { code, report, stderr } = await runIn('mixed', folder)
    expect(code).toBe(0)
    expect(stderr).not.toContain('._loop')
    expect(report.models[0]).toMatchObject({ photos: 4 })
    const refused = report.photos.filter((photo) => photo.status === 'refused')
    expect(Object.fromEntries(refused.map(({ name, verdict }) => [name, verdict?.test]))).toEqual({
      'cut in the header.jpg': 'damaged-header',
      'cut in the middle.jpg': 'truncated-file',
      'cut near the end.JPG': 'truncated-file',
      'text.jpg': 'not-a-photo',
      'empty.png': 'empty-file',
      'one pixel.png': 'too-small',
      'huge.jpg': 'too-large',
      'zeros.jpg': 'not-a-photo',
    })
    const huge = refused.find((photo) => photo.name === 'huge.jpg')!.verdict!
    expect(huge.value).toBeGreaterThan(huge.threshold)
  })

  test('nothing else: exit code 3', async () => {
    const folder = path.join(root, 'only text/photos')
    await mkdir(folder, { recursive: true })
    for (const name of ['a.jpg', 'b.jpg']) await writeFile(path.join(folder, name), 'text')
    const { code, report } = await runIn('only text', folder)
    expect(code).toBe(3)
    expect(report.verdict).toMatchObject({ word: 'none', reason: expect.stringContaining('None of the 2 photos') })
  })
})

describe('too few photos', () => {
  test('one: exit code 3, and the report says what is missing', async () => {
    const { code, report, out } = await runOn('one', loop.photos.slice(0, 1))
    expect(code).toBe(3)
    expect(report.verdict).toMatchObject({ word: 'none', reason: expect.stringContaining('Only one photo') })
    expect(report.photos[0]).toMatchObject({ status: 'unregistered' })
    expect(await readdir(out)).not.toContain('sparse')
  })

  test('two are a model', async () => {
    const { code, report, out } = await runOn('two', loop.photos.slice(0, 2))
    expect(code).toBe(0)
    expect(report.models).toHaveLength(1)
    expect(report.models[0]).toMatchObject({ photos: 2 })
    expect(report.models[0]!.points).toBeGreaterThan(100)
    expect(report.verdict.reason).toMatch(/two photos/)
    const { rotation, translation } = compareWithTruth(await readSparse(out), loop.truth)
    expect(rotation!.meanDeg).toBeLessThan(2)
    expect(translation!.meanDeg).toBeLessThan(10)
  })
})

describe('photos that hold no structure', () => {
  test('one and the same photo many times: exit code 1', async () => {
    const folder = await writePhotos(path.join(root, 'same/photos'), loop.photos.slice(0, 1))
    for (const name of ['b.jpg', 'c.jpg', 'd.jpg']) {
      await copyFile(path.join(folder, loop.photos[0]!.name), path.join(folder, name))
    }
    const { code, report } = await runIn('same', folder)
    expect([code, report.models]).toEqual([1, []])
    expect(report.pairs.map((pair) => pair.kind)).not.toContain('calibrated')
    expect(report.photos.every((photo) => photo.status === 'unregistered')).toBe(true)
  })

  test('a flat colour: exit code 1', async () => {
    const flat = loop.photos.map((photo) => ({ ...photo, rgb: new Uint8Array(photo.rgb.length).fill(128) }))
    const { code, report } = await runOn('flat', flat)
    expect([code, report.photos.map((photo) => photo.features)]).toEqual([1, [0, 0, 0, 0]])
  })

  test('a camera that only turned: exit code 1, its pairs are panoramic', async () => {
    const { photos } = renderSet('rotation')
    const { code, report } = await runOn('turned', photos)
    expect([code, report.models]).toEqual([1, []])
    const kinds = report.pairs.map((pair) => pair.kind)
    expect(kinds.filter((kind) => kind === 'panoramic').length).toBeGreaterThan(15)
    expect(kinds).not.toContain('calibrated')
    expect(kinds).not.toContain('planar')
    expect(report.photos[0]!.verdict!.text).toMatch(/different places/)
  })

  test('a camera that only turned, of unknown focal length: no model either', async () => {
    const { photos } = renderSet('rotation')
    const planes = photoSetOf(photos)
    const bare = { ...planes, photos: await withoutExif(photos) }
    const { models, report } = await reconstruct(bare, { thumbnail: 0, workers: 1 })
    expectAccounted(report)
    expect(models).toEqual([])
  })

  test('one plane: where the cameras were is found all the same', async () => {
    const { photos, truth } = renderSet('plane')
    const { models, report } = await library(photos)
    expect(models).toHaveLength(1)
    expect(new Set(report.pairs.map((pair) => pair.kind))).toEqual(new Set(['planar']))
    const { registered, centers } = compareWithTruth(models[0]!, truth)
    expect(registered).toBe(8)
    expect(centers!.rmse).toBeLessThan(0.002 * truth.sceneSize)
  })
})

describe('photos that do not belong together', () => {
  test('two scenes: two models, nothing between them', async () => {
    const { photos, truth } = renderSet('two-scenes')
    const { models, report } = await library(photos)
    expect(models).toHaveLength(2)
    for (const model of models) {
      const places = [...model.images.values()].map((image) => image.name.split('-')[0])
      expect(places).toEqual(new Array(6).fill(places[0]))
      const { centers } = compareWithTruth(model, truth)
      expect(centers!.rmse).toBeLessThan(0.001 * truth.sceneSize)
    }
    expect(report.models.map((model) => model.photos)).toEqual([6, 6])
    expect(report.verdict.reason).toMatch(/6 of 12/)
    const place = (i: number) => report.photos[i]!.name.split('-')[0]
    for (const { a, b, kind } of report.pairs) if (place(a) !== place(b)) expect(kind).toBe('refused')
  })

  test('no overlap: exit code 1, every pair refused with its count', async () => {
    const { photos: court } = renderSet('two-scenes', { only: [0] })
    const { photos: plane } = renderSet('plane', { only: [0] })
    const { photos: back } = renderSet('loop', { only: [0, 12] })
    const { code, report } = await runOn('no overlap', [...court, ...plane, ...back])
    expect(code).toBe(1)
    for (const { verdict } of report.pairs) expect(verdict!.value).toBeLessThan(verdict!.threshold)
    for (const { verdict } of report.photos) expect(verdict!.text).toMatch(/match|overlap/)
  })

  // All around; another house; a walk that is dense in front and hasty behind.
  const hasty = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 17, 20, 23, 26]
  test.each([{}, { seed: 3 }, { only: hasty }])(
    'a house whose front and back look alike, %j: each photo in its place, or flagged',
    async (options) => {
      const { photos, truth } = renderSet('look-alike', options)
      const { models, report } = await library(photos, { workers: 2 })
      expect(models.length).toBeGreaterThan(0)
      for (const [i, model] of models.entries()) {
        const { centers } = compareWithTruth(model, truth)
        const correct = centers !== undefined && centers.max < 0.05 * truth.sceneSize
        const flagged = report.models[i]!.flags.some((flag) => flag.test === 'look-alike-structure')
        expect([i, correct || flagged]).toEqual([i, true])
        if (flagged) {
          expect(report.verdict.word).not.toBe('good')
          expect(report.verdict.reason).toMatch(/alike/)
        }
      }
    },
  )
})

describe('intrinsics that are not the camera’s', () => {
  const truth = { f: 953 * 0.4, cx: 240 + 2.6 * 0.4, cy: 160 - 1.9 * 0.4 }
  const K = (f: number, cx: number, cy: number) => `${f},${f},${cx},${cy}`

  test('true ones are held as given', async () => {
    const flags = ['--intrinsics', K(truth.f, truth.cx, truth.cy)]
    const { code, report } = await runOn('true K', loop.photos, flags)
    expect(code).toBe(0)
    const [camera] = report.models[0]!.cameras
    expect(camera!.params).toEqual([truth.f, truth.f, truth.cx, truth.cy])
    expect(camera!.notes.join()).toMatch(/held fixed/)
    expect(report.models[0]!.flags).toEqual([])
  })

  test.each([
    ['half the focal length', truth.f / 2, truth.cx, truth.cy],
    ['twice the focal length', truth.f * 2, truth.cx, truth.cy],
    ['a principal point in a corner', truth.f, 20, 20],
  ])('%s: never called good', async (name, f, cx, cy) => {
    const { code, report } = await runOn(name, loop.photos, ['--intrinsics', K(f, cx, cy)])
    expect(code).toBe(0)
    expect(report.verdict.word).not.toBe('good')
    expect(report.verdict.reason).toMatch(/contradict the given intrinsics/)
    const [flag] = report.models[0]!.flags
    expect(flag!.test).toMatch(/^given-(focal-length|principal-point)$/)
    expect(flag!.value).not.toBe(flag!.threshold)
  })

  test('for photos of another size: exit code 2, before any work', async () => {
    const folder = await writePhotos(path.join(root, 'size/photos'), loop.photos)
    const out = path.join(root, 'size/out')
    const run = await epipole(['reconstruct', folder, '--out', out, '--intrinsics', '2700,2700,1520,1007'])
    expect(run.code).toBe(2)
    expect(run.stderr).toMatch(/principal point is outside the photo/)
  })
})

describe('a disk that is full', () => {
  /** Makes every file that Node writes fail after so many bytes. */
  const fullAfter = (bytes: number) => {
    const source = `
      import fs from 'node:fs/promises'
      const { open } = fs
      let left = ${bytes}
      fs.open = async (...args) => {
        const handle = await open(...args)
        const write = handle.writeFile.bind(handle)
        handle.writeFile = async (data, ...rest) => {
          left -= data.length
          if (left < 0) throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' })
          return write(data, ...rest)
        }
        return handle
      }`
    return ['--import', `data:text/javascript,${encodeURIComponent(source)}`]
  }

  test('exit code 4 at any moment, and once there is space the same command goes on', async () => {
    const folder = await writePhotos(path.join(root, 'full/photos'), loop.photos)
    const out = path.join(root, 'full/out')
    const args = ['reconstruct', folder, '--out', out]
    for (const bytes of [0, 100_000, 1_000_000]) {
      const run = await epipole(args, { node: fullAfter(bytes) })
      expect([bytes, run.code]).toEqual([bytes, 4])
      expect(run.stderr).toContain('The disk is full')
      expect(run.stderr).toContain(out)
      expect(run.stdout).toBe('')
    }
    const run = await epipole(args)
    expect(run.code).toBe(0)
    expect(run.stderr).toMatch(/✓ features .*reused/)
  })

  test('a store that fails ends the work with its own error', async () => {
    for (const kind of ['features', 'matches', 'geometry', 'model']) {
      const inner = memoryStore()
      const store: Store = {
        ...inner,
        put: async (key, bytes) => {
          if (key.startsWith(`${kind}-`)) throw new EpipoleError('io', `no space for ${kind}`, { kind })
          await inner.put(key, bytes)
        },
      }
      const work = reconstruct(photoSetOf(loop.photos), { store, thumbnail: 0, workers: 2 })
      await expect(work).rejects.toMatchObject({ code: 'io', message: `no space for ${kind}` })
    }
  })
})

async function withoutExif(photos: readonly RenderedPhoto[]) {
  const { photosFromPlanes } = await import('epipole')
  return photosFromPlanes(photos.map(({ name, width, height, rgb }) => ({ name, width, height, rgb }))).photos
}
