import { existsSync } from 'node:fs'
import { copyFile, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { type ActionEvent, isEpipoleError, memoryStore } from '@epipole/core'
import { type RenderedPhoto, type RenderedSet, renderSet, sampleCamera } from '@epipole/samples'
import { type ReconstructOptions, type ReconstructResult, reconstruct } from 'epipole'
import { nodeStore, reconstructFolder } from 'epipole/node'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { epipole, type Finished } from './support/cli.js'
import { frameNumber, projectAsNerfstudio, readTransforms } from './support/nerfstudio.js'
import {
  compareWithTruth,
  expectAccounted,
  expectFinite,
  modelDigests,
  photoSetOf,
  readReport,
  readSparse,
  writePhotos,
} from './support/photos.js'

let root: string
let set: RenderedSet
/** The set's photos as JPEGs. */
let folder: string
let first: ReconstructResult

beforeAll(async () => {
  root = await mkdtemp(path.join(os.tmpdir(), 'epipole-reconstruct-'))
  set = renderSet('loop', { only: [0, 1, 2, 3, 4, 5] })
  folder = await writePhotos(path.join(root, 'photos'), set.photos)
  first = await run({ workers: 0 })
})
afterAll(() => rm(root, { recursive: true, force: true }))

/** The library, on decoded planes. */
function run(options: ReconstructOptions = {}): Promise<ReconstructResult> {
  return reconstruct(photoSetOf(set.photos), { seed: 5, thumbnail: 0, workers: 1, ...options })
}

const bitsOf = (result: ReconstructResult) => result.models.map(modelDigests)

/** Items that each stage took from the store. */
function reusedBy(events: readonly ActionEvent[]): Partial<Record<string, string>> {
  const starts = events.filter((event) => event.type === 'stage-start')
  return Object.fromEntries(starts.map(({ stage, reused, total }) => [stage, `${reused} of ${total}`]))
}

describe('the result', () => {
  test('has every photo where it was, and says so', () => {
    expect(first.models).toHaveLength(1)
    const model = first.models[0]!
    expectFinite(model)
    const { registered, total, centers, auc } = compareWithTruth(model, set.truth)
    expect([registered, total]).toEqual([6, 6])
    expect(centers!.rmse).toBeLessThan(0.002 * set.truth.sceneSize)
    expect(auc.at1Deg).toBeGreaterThan(70)
    expectAccounted(first.report)
    expect(first.report.models[0]).toMatchObject({ photos: 6, points: model.points.size, flags: [] })
    expect(first.report.photos.every((photo) => photo.status === 'registered')).toBe(true)
  })

  test('is the same to the last bit with one worker, two, none, and once more', async () => {
    for (const workers of [1, 2, 0]) expect([workers, bitsOf(await run({ workers }))]).toEqual([workers, bitsOf(first)])
  })

  test('does not depend on the order the photos are handed over in', async () => {
    const result = await reconstruct(photoSetOf([...set.photos].reverse()), { seed: 5, thumbnail: 0, workers: 0 })
    expect(bitsOf(result)).toEqual(bitsOf(first))
  })

  test('of another seed may have other bits, but the same photos in the same places', async () => {
    const other = await run({ seed: 6 })
    expect(compareWithTruth(other.models[0]!, set.truth)).toMatchObject({ registered: 6 })
    expect(compareWithTruth(other.models[0]!, set.truth).centers!.rmse).toBeLessThan(0.002 * set.truth.sceneSize)
  })
})

describe('progress and cancel', () => {
  test('every stage starts, counts up to its total, and ends', async () => {
    const events: ActionEvent[] = []
    await run({ onEvent: (event) => events.push(event) })
    const starts = events.filter((event) => event.type === 'stage-start')
    expect(starts.map((event) => event.stage)).toEqual(['photos', 'features', 'matching', 'mapping'])
    expect(starts.map((event) => event.total)).toEqual([6, 6, 15, 6])
    for (const { stage } of starts) {
      const done = events.filter((event) => event.type === 'progress' && event.stage === stage)
      expect(done.map((event) => (event.type === 'progress' ? event.done : 0))).toEqual(done.map((_, i) => i + 1))
      expect(events.filter((event) => event.type === 'stage-end' && event.stage === stage)).toHaveLength(1)
    }
  })

  test.each(['photos', 'features', 'matching', 'mapping'])('a cancel during %s keeps what is done', async (stage) => {
    const store = memoryStore()
    const abort = new AbortController()
    const cancelled = run({
      store,
      signal: abort.signal,
      onEvent: (event) => {
        if (event.type === 'progress' && event.stage === stage && event.done === 2) abort.abort()
      },
    })
    await expect(cancelled).rejects.toSatisfy((error) => isEpipoleError(error) && error.code === 'aborted')
    const kept = (await store.keys()).length
    const events: ActionEvent[] = []
    expect(bitsOf(await run({ store, onEvent: (event) => events.push(event) }))).toEqual(bitsOf(first))
    if (stage === 'photos') expect(kept).toBe(0)
    if (stage === 'features') expect(kept).toBeGreaterThanOrEqual(1)
    if (stage === 'matching' || stage === 'mapping') expect(reusedBy(events).features).toBe('6 of 6')
    if (stage === 'mapping') expect(reusedBy(events).matching).toBe('15 of 15')
  })

  test('a signal that was given before stops everything before it starts', async () => {
    const events: ActionEvent[] = []
    await expect(run({ signal: AbortSignal.abort(), onEvent: (event) => events.push(event) })).rejects.toMatchObject({
      code: 'aborted',
    })
    expect(events).toEqual([])
  })
})

describe('a changed option redoes only what it touches', () => {
  const store = memoryStore()
  const again = async (options: ReconstructOptions) => {
    const events: ActionEvent[] = []
    const result = await run({ ...options, store, onEvent: (event) => events.push(event) })
    const mapping = result.report.stages.find((stage) => stage.name === 'mapping')!
    const reused: Partial<Record<string, string>> = {
      ...reusedBy(events),
      model: `${mapping.reused} of ${mapping.items}`,
    }
    return { reused, result }
  }
  beforeAll(() => run({ store }))

  test('nothing changed: nothing is done', async () => {
    const { result, reused } = await again({})
    expect(reused).toEqual({
      photos: '0 of 6',
      features: '6 of 6',
      matching: '15 of 15',
      mapping: '6 of 6',
      model: '6 of 6',
    })
    expect(bitsOf(result)).toEqual(bitsOf(first))
  })

  test('the seed: verification and mapping', async () => {
    const reused = { features: '6 of 6', matching: '0 of 15', model: '0 of 6' }
    expect(await again({ seed: 9 })).toMatchObject({ reused })
    expect(await again({})).toMatchObject({ reused: { matching: '15 of 15', model: '6 of 6' } })
  })

  test('the intrinsics: verification and mapping', async () => {
    const intrinsics = { fx: 381.2, fy: 381.2, cx: 241, cy: 159.2 }
    const reused = { features: '6 of 6', matching: '0 of 15', model: '0 of 6' }
    expect(await again({ intrinsics })).toMatchObject({ reused })
    const refined = await again({ intrinsics, refineIntrinsics: true })
    expect(refined).toMatchObject({ reused: { ...reused, matching: '15 of 15' } })
  })

  test('the pairs: those that were matched before are kept', async () => {
    const { reused } = await again({ matching: 'sequential' })
    expect(reused.features).toBe('6 of 6')
    const [done, total] = reused.matching!.split(' of ')
    expect(done).toBe(total)
  })

  test('the features: everything', async () => {
    const reused = { features: '0 of 6', matching: '0 of 15', model: '0 of 6' }
    expect(await again({ maxFeatures: 500 })).toMatchObject({ reused })
  })

  test('a photo more and a photo less: their own work only', async () => {
    const part = memoryStore()
    const five = photoSetOf(set.photos.slice(0, 5))
    await reconstruct(five, { seed: 5, thumbnail: 0, workers: 1, store: part })
    const events: ActionEvent[] = []
    expect(bitsOf(await run({ store: part, onEvent: (event) => events.push(event) }))).toEqual(bitsOf(first))
    expect(reusedBy(events)).toMatchObject({ features: '5 of 6', matching: '10 of 15' })
    events.length = 0
    await reconstruct(five, {
      seed: 5,
      thumbnail: 0,
      workers: 1,
      store: part,
      onEvent: (event) => events.push(event),
    })
    expect(reusedBy(events)).toMatchObject({ features: '5 of 5', matching: '10 of 10' })
  })
})

describe('a camera that is known with its distortion', () => {
  test("cameras.txt of a distorted camera: its model is the result's, its numbers stay, and the photos stand where they were", async () => {
    const truth = sampleCamera(set.photos[0]!.width)
    const file = path.join(root, 'known.txt')
    await writeFile(file, `1 ${truth.model} ${truth.width} ${truth.height} ${truth.params.join(' ')}\n`)
    const out = path.join(root, 'known')
    const args = ['reconstruct', folder, '--intrinsics', file, '--out', out, '--seed', '5', '--max-features', '2000']
    expect(await epipole(args)).toMatchObject({ code: 0 })
    const model = await readSparse(out)
    expect([...model.cameras.values()]).toEqual([truth])
    const { registered, centers } = compareWithTruth(model, set.truth)
    expect(registered).toBe(6)
    expect(centers!.rmse).toBeLessThan(0.002 * set.truth.sceneSize)
  })

  test('another size, or a model with too few numbers, is told before any work', async () => {
    const file = path.join(root, 'wrong.txt')
    for (const [line, message] of [
      ['1 OPENCV 99 66 50 50 49 33 0 0 0 0', /99 × 66 pixels/],
      ['1 OPENCV 480 320 380 380 240 160', /OPENCV has 4 parameters, it takes 8 \(fx, fy, cx, cy, k1, k2, p1, p2\)/],
      ['1 FISHEYE 480 320 380 380 240 160', /"FISHEYE" is no camera model of COLMAP.s; they are SIMPLE_PINHOLE/],
    ] as const) {
      await writeFile(file, `${line}\n`)
      const run = await epipole(['reconstruct', folder, '--intrinsics', file, '--out', path.join(root, 'refused')])
      expect(run.code).toBe(3)
      expect(run.stderr).toMatch(message)
    }
  })
})

describe('the command line, killed anywhere', () => {
  const args = (out: string) => ['reconstruct', folder, '--out', out, '--workers', '2', '--seed', '5']
  let whole: Record<string, Buffer>
  beforeAll(async () => {
    const out = path.join(root, 'whole')
    expect(await epipole(args(out))).toMatchObject({ code: 0 })
    whole = await outputs(out)
  })

  /** All outputs that hold no timings. */
  async function outputs(out: string): Promise<Record<string, Buffer>> {
    const names = ['cameras', 'images', 'points3D'].map((name) => `sparse/0/${name}.bin`)
    const files = [...names, 'points.ply', 'transforms.json', 'database.db']
    return Object.fromEntries(
      await Promise.all(files.map(async (name) => [name, await readFile(path.join(out, name))] as const)),
    )
  }

  async function expectSame(out: string): Promise<void> {
    const found = await outputs(out)
    for (const [name, bytes] of Object.entries(whole)) expect([name, bytes.equals(found[name]!)]).toEqual([name, true])
  }

  async function records(out: string): Promise<string[]> {
    return (await nodeStore(path.join(out, '.epipole')).keys()).sort()
  }

  /** Runs, and sends the signal as soon as the output folder is as wanted. */
  async function runUntil(out: string, ready: () => Promise<boolean>, signal: NodeJS.Signals): Promise<Finished> {
    let over = false
    const finished = epipole(args(out), {
      onStart: async (child) => {
        while (!over && !(await ready())) await new Promise((resolve) => setTimeout(resolve, 5))
        if (!over) child.kill(signal)
      },
    })
    return finished.finally(() => {
      over = true
    })
  }

  const count = async (out: string, kind: string) => (await records(out)).filter((key) => key.startsWith(kind)).length
  const moments: readonly [string, (out: string) => Promise<boolean>][] = [
    ['before the first record', async (out) => existsSync(path.join(out, '.epipole/set.json'))],
    ['among features', async (out) => (await count(out, 'features')) >= 2],
    ['among matches', async (out) => (await count(out, 'matches')) >= 3],
    ['between matching and mapping', async (out) => (await count(out, 'geometry')) >= 15],
    ['with the model made and nothing written', async (out) => (await count(out, 'model')) >= 1],
    ['among outputs', async (out) => existsSync(path.join(out, 'sparse/0'))],
  ]

  test.each(moments)('kill -9 %s: the same command ends with the same bytes', async (name, ready) => {
    const out = path.join(root, `kill ${name}`)
    const killed = await runUntil(out, () => ready(out), 'SIGKILL')
    expect(killed.killedBy).toBe('SIGKILL')
    const kept = await records(out)
    const again = await epipole(args(out))
    expect(again).toMatchObject({ code: 0 })
    // What was done is used: no record is lost.
    expect(await records(out)).toEqual(expect.arrayContaining(kept))
    await expectSame(out)
    const left = existsSync(path.join(out, '.epipole/tmp')) ? await readdir(path.join(out, '.epipole/tmp')) : []
    expect(left).toEqual([])
  })

  test.each(moments.slice(1, 4))('Ctrl-C %s: exit code 130, and nothing is lost', async (name, ready) => {
    const out = path.join(root, `interrupt ${name}`)
    const stopped = await runUntil(out, () => ready(out), 'SIGINT')
    expect(stopped).toMatchObject({ code: 130, stdout: '' })
    expect(stopped.stderr).toContain('Run the same command again')
    expect(existsSync(path.join(out, 'sparse'))).toBe(false)
    expect(await epipole(args(out))).toMatchObject({ code: 0 })
    await expectSame(out)
  })

  test('damaged records are made again', async () => {
    const out = path.join(root, 'damaged')
    expect(await epipole(args(out))).toMatchObject({ code: 0 })
    const state = path.join(out, '.epipole')
    const files: string[] = []
    for (const shard of await readdir(state)) {
      if (!/^[0-9a-f]{2}$/.test(shard)) continue
      for (const file of await readdir(path.join(state, shard))) files.push(path.join(state, shard, file))
    }
    // Every record is cut, emptied, or has a bit turned: what a failing disk leaves.
    for (const [i, file] of files.sort().entries()) {
      const { size } = await stat(file)
      if (i % 3 === 0) await truncate(file, Math.floor(size / 2))
      else if (i % 3 === 1) await truncate(file, 0)
      else {
        const bytes = await readFile(file)
        bytes[Math.floor(size / 2)]! ^= 4
        await writeFile(file, bytes)
      }
    }
    const again = await epipole(args(out))
    expect(again).toMatchObject({ code: 0 })
    expect(again.stderr).not.toContain('reused')
    await expectSame(out)
  })

  test('a moved photo folder and a moved output folder go on where they were', async () => {
    const out = path.join(root, 'before moving')
    const photos = path.join(root, 'moved photos')
    await mkdir(photos)
    for (const { name } of set.photos) await copyFile(path.join(folder, name), path.join(photos, name))
    const started = await epipole(['reconstruct', photos, '--out', out, '--seed', '5'])
    expect(started.code).toBe(0)
    await rename(out, path.join(root, 'after moving'))
    await rename(photos, path.join(root, 'elsewhere'))
    const again = await epipole([
      ...['reconstruct', path.join(root, 'elsewhere'), '--out', path.join(root, 'after moving'), '--seed', '5'],
      '--json',
    ])
    expect(again.code).toBe(0)
    for (const stage of ['features', 'matching']) expect(again.stderr).toMatch(new RegExp(`✓ ${stage} .*all reused`))
    expect(again.stdout.trimEnd().split('\n')).toHaveLength(1)
    expect(JSON.parse(again.stdout)).toMatchObject({ ok: true, photos: { total: 6, registered: 6 } })
  })
})

describe('photos whose EXIF says that they were turned', () => {
  const out = () => path.join(root, 'turned-out')
  beforeAll(async () => {
    const turned = set.photos.map(
      (photo, i): RenderedPhoto => ({ ...photo, exif: { ...photo.exif, orientation: i % 2 === 1 ? 6 : 1 } }),
    )
    const photos = await writePhotos(path.join(root, 'turned'), turned)
    await reconstructFolder(photos, { out: out(), seed: 5, workers: 1 })
  })

  test('change nothing but how they are shown', async () => {
    const report = await readReport(out())
    expect(report.photos.map((photo) => photo.orientation)).toEqual([1, 6, 1, 6, 1, 6])
    expect(report.models).toHaveLength(1)
    expect(report.models[0]!.cameras).toHaveLength(1)
    const { centers } = compareWithTruth(await readSparse(out()), set.truth)
    expect(centers!.rmse).toBeLessThan(0.002 * set.truth.sceneSize)
  })

  test('a reader of transforms.json finds every point within a pixel, in the pixels as stored', async () => {
    const file = readTransforms(await readFile(path.join(out(), 'transforms.json'), 'utf8'))
    const model = await readSparse(out())
    expect(file.frames).toHaveLength(6)
    for (const frame of file.frames) {
      const photo = path.resolve(out(), frame.file_path)
      const image = [...model.images.values()].find(({ name }) => name === path.basename(photo))!
      // nerfstudio opens photos without turning them.
      const { width, height } = await sharp(photo).metadata()
      expect([frameNumber(file, frame, 'w'), frameNumber(file, frame, 'h')]).toEqual([width, height])
      const errors: number[] = []
      for (const [k, id] of image.pointIds.entries()) {
        const point = model.points.get(id)
        if (point === undefined) continue
        const [x, y] = projectAsNerfstudio(file, frame, point.xyz)
        errors.push(Math.hypot(x - image.keypoints[2 * k]!, y - image.keypoints[2 * k + 1]!))
      }
      errors.sort((a, b) => a - b)
      expect(errors.length).toBeGreaterThan(100)
      expect(errors[errors.length >> 1]).toBeLessThan(0.5)
      expect(errors[Math.floor(0.8 * errors.length)]).toBeLessThan(1)
    }
  })
})
