import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { type RenderedPhoto, renderSet, type SetName } from '@epipole/samples'
import { type PairOptions, type PairResult, type PhotoSet, pairPhotos, pairSvg, photosFromPlanes } from 'epipole'
import { pairFiles } from 'epipole/node'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { epipole } from './support/cli.js'
import { photoSetOf, writePhotos } from './support/photos.js'

const sets = {
  loop: renderSet('loop', { width: 480, only: [0, 1] }),
  plane: renderSet('plane', { width: 480, only: [0, 3] }),
  rotation: renderSet('rotation', { width: 480, only: [0, 1] }),
}

let root: string
/** Photos of each set as JPEGs, and once more without EXIF. */
const files: Partial<Record<SetName, string[]>> = {}

beforeAll(async () => {
  root = await mkdtemp(path.join(os.tmpdir(), 'epipole-pair-'))
  for (const [name, { photos }] of Object.entries(sets)) {
    const folder = await writePhotos(path.join(root, name), photos)
    files[name as SetName] = photos.map((photo) => path.join(folder, photo.name))
  }
})
afterAll(() => rm(root, { recursive: true, force: true }))

/** The library, on decoded planes. */
function pair(photos: readonly RenderedPhoto[], options: PairOptions = {}): Promise<PairResult> {
  return pairOf(photoSetOf(photos), options)
}

function pairOf({ photos: [a, b] }: PhotoSet, options: PairOptions = {}): Promise<PairResult> {
  return pairPhotos(a!, b!, { workers: 0, thumbnail: 0, ...options })
}

const statisticsOf = (result: PairResult, model: string) => result.residuals.find((r) => r.model === model)

describe('how two photos relate', () => {
  test('with depth: calibrated, E and the angle; the homography explains little', async () => {
    const result = await pair(sets.loop.photos)
    expect(result.geometry.kind).toBe('calibrated')
    expect(result.reason).toMatchObject({ test: 'essential-over-fundamental' })
    // Two of 24 places around the pedestal, seen from there: 15° apart.
    expect(result.geometry.angleDeg).toBeGreaterThan(10)
    expect(result.geometry.angleDeg).toBeLessThan(20)
    const epipolar = statisticsOf(result, 'epipolar')!
    expect(epipolar.inliers.count).toBe(result.geometry.inliers.length / 2)
    expect(epipolar.inliers.median).toBeLessThan(0.5)
    expect(epipolar.inliers.p90).toBeLessThan(result.maxErrorPx)
    expect(statisticsOf(result, 'homography')!.inliers.p90).toBeGreaterThan(2 * result.maxErrorPx)
  })

  test('a plane: planar, and the homography has small residuals', async () => {
    const result = await pair(sets.plane.photos)
    expect(result.geometry.kind).toBe('planar')
    const { inliers } = statisticsOf(result, 'homography')!
    expect(inliers.median).toBeLessThan(1)
    expect(inliers.p90).toBeGreaterThan(inliers.median)
    const { counts, above } = inliers.histogram
    expect(counts.reduce((n, c) => n + c, above)).toBe(inliers.count)
  })

  test('a turn: panoramic, no baseline, no epipolar lines', async () => {
    const result = await pair(sets.rotation.photos)
    expect(result.geometry.kind).toBe('panoramic')
    expect(result.geometry.bFromA!.t).toEqual(new Float64Array(3))
    expect(statisticsOf(result, 'epipolar')).toBeUndefined()
    expect(statisticsOf(result, 'homography')!.inliers.median).toBeLessThan(1)
    expect(pairSvg(result)).not.toContain('class="epipolar"')
  })

  test('without EXIF only F and H are tried', async () => {
    const kinds: string[] = []
    for (const set of [sets.loop, sets.plane]) {
      const bare = set.photos.map(({ name, width, height, rgb }) => ({ name, width, height, rgb }))
      const result = await pairOf(photosFromPlanes(bare))
      expect(result.a.focalSource).toBe('default')
      expect(result.geometry.support.E).toBe(0)
      expect(result.geometry.bFromA).toBeUndefined()
      kinds.push(result.geometry.kind)
    }
    expect(kinds).toEqual(['uncalibrated', 'planar'])
  })

  test('two places that have nothing in common: refused, with the number that was missing', async () => {
    const result = await pair([sets.loop.photos[0]!, sets.plane.photos[0]!])
    expect(result.geometry.kind).toBe('refused')
    expect(result.reason.value).toBeLessThan(result.reason.threshold)
    expect(result.residuals).toEqual([])
    expect(pairSvg(result)).toContain('refused')
  })

  test('the same with workers and without, in either order of the photos', async () => {
    const result = await pair(sets.loop.photos)
    expect((await pair(sets.loop.photos, { workers: 2 })).geometry).toEqual(result.geometry)
    const swapped = await pair([...sets.loop.photos].reverse().map((p, i) => ({ ...p, name: `${i}.jpg` })))
    expect(swapped.geometry.kind).toBe('calibrated')
    expect(Math.abs(swapped.matches.length / result.matches.length - 1)).toBeLessThan(0.02)
  })

  test('impossible options are refused, a cancel ends at once', async () => {
    await expect(pair(sets.loop.photos, { maxErrorPx: 0 })).rejects.toMatchObject({ code: 'usage' })
    await expect(pair(sets.loop.photos, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'aborted' })
    const intrinsics = { fx: 1, fy: 1, cx: 1, cy: 1 }
    await expect(pair(sets.loop.photos, { intrinsics })).rejects.toMatchObject({ code: 'usage' })
  })
})

describe('the command', () => {
  test('prints what it found and writes one SVG, photos in it', async () => {
    const [a, b] = files.loop!
    const svg = path.join(root, 'out', 'loop.svg')
    const { code, stdout, stderr } = await epipole(['pair', a!, b!, '--out', svg, '--workers', '0'])
    expect(code).toBe(0)
    expect(stdout).toMatch(/^calibrated: /)
    for (const word of ['matches', 'inliers', 'angle', 'homography residuals', 'focal length from EXIF', svg])
      expect(stdout).toContain(word)
    expect(stderr).toContain('matching')
    const { format, width } = await sharp(svg).metadata()
    expect([format, width]).toEqual(['svg', 1600])
    expect((await readFile(svg, 'utf8')).match(/data:image\/jpeg;base64,/g)).toHaveLength(2)
  })

  test('--json is one line', async () => {
    const svg = path.join(root, 'plane.svg')
    const { code, stdout } = await epipole(['pair', ...files.plane!, '--out', svg, '--json', '--max-error', '3'])
    expect(code).toBe(0)
    expect(stdout.trimEnd().split('\n')).toHaveLength(1)
    const found = JSON.parse(stdout)
    expect(found).toMatchObject({ ok: true, kind: 'planar', maxErrorPx: 3, a: { focalSource: 'exif' }, svg })
    expect(found.H).toHaveLength(9)
    expect(found.residuals.map((r: { model: string }) => r.model)).toEqual(['epipolar', 'homography'])
  })

  test('a pair that does not fit ends with 1, and is drawn all the same', async () => {
    const svg = path.join(root, 'none.svg')
    const { code, stdout } = await epipole(['pair', files.loop![0]!, files.rotation![0]!, '--out', svg])
    expect(code).toBe(1)
    expect(stdout).toMatch(/^refused: /)
    expect(existsSync(svg)).toBe(true)
  })

  test('bad input has its exit code and writes nothing', async () => {
    const [a, b] = files.loop!
    const svg = path.join(root, 'never.svg')
    const text = path.join(root, 'text.jpg')
    await writeFile(text, 'no photo')
    const cut = path.join(root, 'cut.jpg')
    await writeFile(cut, (await readFile(a!)).subarray(0, 9000))
    for (const bad of [path.join(root, 'missing.jpg'), root, text, cut]) {
      const { code, stderr } = await epipole(['pair', a!, bad, '--out', svg])
      expect([bad, code]).toEqual([bad, 3])
      expect(stderr).toContain(path.basename(bad))
    }
    expect((await epipole(['pair', a!, b!, '--out', svg, '--max-error', '-1'])).code).toBe(2)
    expect((await epipole(['pair', a!, '--out', svg])).code).toBe(2)
    expect((await epipole(['pair', a!, b!, '--out', a!])).code).toBe(2)
    expect(existsSync(svg)).toBe(false)
  })

  test('the drawing lies where one is, named by both photos, unless told', async () => {
    const [a, b] = files.loop!
    const before = process.cwd()
    process.chdir(root)
    try {
      const { svg } = await pairFiles(a!, b!, { workers: 0 })
      expect(path.basename(svg)).toBe('loop-01-loop-02.svg')
      expect(path.dirname(svg)).toBe(process.cwd())
    } finally {
      process.chdir(before)
    }
  })
})
