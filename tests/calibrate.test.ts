import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { camera, compose, lookAt, rigid, rotationAngleRad, so3Exp } from '@epipole/geometry'
import { calibrate, calibrateRigPhotos, photosFromPlanes } from 'epipole'
import { calibrateFiles, calibrateRigFiles, readIntrinsics } from 'epipole/node'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { renderBoard } from '../packages/features/testing/chessboard.js'
import { epipole } from './support/cli.js'

const BOARD = { columns: 7, rows: 6 }
const TRUTH = camera('OPENCV', 400, 300, [380, 382, 205, 148, -0.15, 0.03, 0.001, -0.001])
const CENTRES = [
  [3, 2.5, -10.5],
  [-4, 6, -9],
  [10, 1, -8],
  [2, 9, -9],
  [6, -4, -9],
  [-2, -2, -10],
  [7, 8, -9],
  [8, 3, -12],
]

const boards = CENTRES.map((from) =>
  renderBoard({ camera: TRUTH, camFromBoard: lookAt(from, [3.2, 2.3, 0]), ...BOARD, noise: 1.5 }),
)

/** Gray as R G B. */
function plane(name: string, { width, height, data }: { width: number; height: number; data: Uint8Array }) {
  return { name, width, height, rgb: Uint8Array.from({ length: data.length * 3 }, (_, k) => data[Math.floor(k / 3)]!) }
}

const planes = boards.map(({ image }, i) => plane(`board-${i}.png`, image))
const blank = plane('blank.png', { width: 400, height: 300, data: new Uint8Array(400 * 300).fill(99) })

/** A second camera beside the first, of another focal length. */
const SECOND = camera('OPENCV', 400, 300, [360, 361, 196, 155, -0.12, 0.02, 0, 0])
const SECOND_FROM_FIRST = rigid(so3Exp([0.01, 0.05, -0.01]), [-1.5, 0.05, 0.1])
const seconds = CENTRES.map((from, i) => {
  const camFromBoard = compose(SECOND_FROM_FIRST, lookAt(from, [3.2, 2.3, 0]))
  return plane(`board-${i}.png`, renderBoard({ camera: SECOND, camFromBoard, ...BOARD, noise: 1.5 }).image)
})

async function writePlanes(folder: string, prefix: string, pictures: readonly ReturnType<typeof plane>[]) {
  await mkdir(path.join(root, folder), { recursive: true })
  for (const { name, width, height, rgb } of pictures) {
    const file = path.join(root, folder, `${prefix}${name}`)
    await sharp(rgb, { raw: { width, height, channels: 3 } })
      .png()
      .toFile(file)
  }
}

let root: string
beforeAll(async () => {
  root = await mkdtemp(path.join(os.tmpdir(), 'epipole-calibrate-'))
  await mkdir(path.join(root, 'boards'))
  for (const { name, width, height, rgb } of [...planes, blank]) {
    await sharp(rgb, { raw: { width, height, channels: 3 } })
      .png()
      .toFile(path.join(root, 'boards', name))
  }
  await writeFile(path.join(root, 'boards', 'broken.png'), 'no picture')
})
afterAll(() => rm(root, { recursive: true, force: true }))

describe('calibrate', () => {
  test('rendered boards: the camera that took them, within what it says of itself', async () => {
    const found = await calibrate(photosFromPlanes([...planes, blank]), { board: BOARD, square: 25, workers: 0 })
    expect(found.verdict).toMatchObject({ test: 'calibrated' })
    for (const [i, value] of TRUTH.params.entries()) {
      expect(Math.abs(found.camera!.params[i]! - value)).toBeLessThan(4 * found.standardDeviation![i]!)
    }
    expect(found.standardDeviation![0]).toBeLessThan(1)
    expect(found.rmsPx).toBeLessThan(0.06)
    const used = found.photos.filter((photo) => photo.used)
    expect(used).toHaveLength(CENTRES.length)
    for (const photo of used) expect(photo.maxPx).toBeLessThan(0.25)
    // From the camera to the first corner, in millimetres.
    const [x, y, z] = CENTRES[0]!
    expect(used[0]!.distance! / (25 * Math.sqrt(x! ** 2 + y! ** 2 + z! ** 2))).toBeCloseTo(1, 2)
    expect(found.photos.find((photo) => photo.name === 'blank.png')).toMatchObject({
      used: false,
      verdict: { test: 'board-crossings', threshold: 42 },
    })
  })

  test('impossible is a result that says why', async () => {
    const two = await calibrate(photosFromPlanes(planes.slice(0, 2)), { board: BOARD, workers: 0 })
    expect(two.camera).toBeUndefined()
    expect(two.verdict).toMatchObject({ test: 'calibration-count', value: 2, threshold: 3 })
    const parallel = [1, 2, 3, 4].map((i) => {
      const pose = lookAt([i, 2.5, -9 - i], [i, 2.5, 0])
      return plane(`flat-${i}.png`, renderBoard({ camera: TRUTH, camFromBoard: pose, ...BOARD }).image)
    })
    const flat = await calibrate(photosFromPlanes(parallel), { board: BOARD, workers: 0 })
    expect(flat.verdict).toMatchObject({ test: 'calibration-parallel', unit: 'deg' })
    const small = plane('small.png', { width: 200, height: 100, data: new Uint8Array(20000) })
    const none = await calibrate(photosFromPlanes([small]), { board: BOARD, workers: 0 })
    expect(none.verdict.test).toBe('calibration-count')
    await expect(calibrate(photosFromPlanes([small]), { board: BOARD, square: 0 })).rejects.toThrow('square')
  })

  test('photos of a folder, and a file that --intrinsics reads', async () => {
    const out = path.join(root, 'cameras.txt')
    const { camera: found, file } = await calibrateFiles([path.join(root, 'boards')], { board: BOARD, workers: 0, out })
    expect(file).toBe(out)
    const given = await readIntrinsics(out)
    expect(given.lens).toEqual({ model: 'OPENCV', params: found!.params })
    expect(given.size).toEqual({ width: 400, height: 300 })
  })

  test('photos of one name from several folders each have their own fit', async () => {
    const files = await Promise.all(
      planes.slice(0, 4).map(async ({ width, height, rgb }, i) => {
        const file = path.join(root, `part-${i}`, 'board.png')
        await mkdir(path.dirname(file))
        await sharp(rgb, { raw: { width, height, channels: 3 } })
          .png()
          .toFile(file)
        return file
      }),
    )
    const { photos } = await calibrateFiles(files, { board: BOARD, workers: 0, out: path.join(root, 'parts.txt') })
    expect(new Set(photos.map(({ distance }) => distance)).size).toBe(4)
  })
})

describe('a rig', () => {
  test('its cameras and their motion, within what it says of itself', async () => {
    const rig = [planes, seconds].map((pictures, c) => ({
      name: ['first', 'second'][c]!,
      set: photosFromPlanes(pictures),
    }))
    const found = await calibrateRigPhotos(rig, { board: BOARD, workers: 0 })
    expect(found.verdict).toMatchObject({ test: 'calibrated-rig', text: 'Calibrated 2 cameras from 8 moments.' })
    expect(found.shared).toBe(8)
    for (const [c, truth] of [TRUTH, SECOND].entries()) {
      const { camera: one, standardDeviation } = found.cameras[c]!
      for (const [i, value] of truth.params.entries()) {
        expect(Math.abs(one!.params[i]! - value)).toBeLessThan(4 * standardDeviation![i]!)
      }
    }
    const { camFromRig, motionDeviation, photos } = found.cameras[1]!
    for (let k = 0; k < 3; k++) {
      expect(Math.abs(camFromRig!.t[k]! - SECOND_FROM_FIRST.t[k]!)).toBeLessThan(4 * motionDeviation![3 + k]!)
    }
    const turn = rotationAngleRad(camFromRig!.R, SECOND_FROM_FIRST.R)
    expect(turn).toBeLessThan(4 * Math.sqrt(motionDeviation!.slice(0, 3).reduce((s, v) => s + v * v, 0)))
    for (const photo of photos) expect(photo.rmsPx).toBeLessThan(0.1)
  })

  test('a folder each, or a prefix each; files for COLMAP; a verdict where nothing is shared', async () => {
    await writePlanes('rig/left', 'L_', planes.slice(0, 4))
    await writePlanes('rig/right', 'R_', seconds.slice(0, 4))
    await writePlanes('mixed', 'left', planes.slice(0, 4))
    await writePlanes('mixed', 'right', seconds.slice(0, 4))
    const out = path.join(root, 'pair.txt')
    const folders = ['left', 'right'].map((side) => path.join(root, 'rig', side))
    const byFolder = await epipole(['calibrate', ...folders, '--board', '7x6', '--square', '25mm', '-o', out])
    expect(byFolder.code).toBe(0)
    expect(byFolder.stdout).toMatch(/^calibrated: Calibrated 2 cameras from 4 moments\.\n/)
    expect(byFolder.stdout).toMatch(/\n {2}shift +-3\d\.\d+ ± 0\.\d+, .* mm\n/)
    const text = await readFile(out, 'utf8')
    expect(text).toMatch(/\n1 OPENCV 400 300 3[78].*\n2 OPENCV 400 300 3[56].*\n$/)
    const [rig] = JSON.parse(await readFile(path.join(root, 'pair-rig.json'), 'utf8'))
    expect(rig).toMatchObject({ ref_camera_id: 1, cameras: [{ image_prefix: 'left', rel_qvec: [1, 0, 0, 0] }, {}] })
    expect(rig.cameras[1].rel_tvec[0]).toBeCloseTo(25 * SECOND_FROM_FIRST.t[0]!, 0)

    const mixed = ['calibrate', path.join(root, 'mixed'), '--rig', 'left,right', '--board', '7x6', '--json', '-o', out]
    const byPrefix = JSON.parse((await epipole(mixed)).stdout)
    expect(byPrefix).toMatchObject({ ok: true, shared: 4, cameras: [{ name: 'left' }, { name: 'right' }] })

    await writePlanes('rig/other', 'photo', seconds.slice(4))
    const apart = await calibrateRigFiles([folders[0]!, path.join(root, 'rig', 'other')], {
      board: BOARD,
      workers: 0,
      out,
    })
    expect(apart).toMatchObject({ shared: 0, files: [], verdict: { test: 'rig-connected' } })
    expect((await epipole(['calibrate', root, '--rig', 'left', '--board', '7x6'])).code).toBe(2)
    expect((await epipole(['calibrate', path.join(root, 'mixed'), '--rig', 'left,up', '--board', '7x6'])).code).toBe(2)
  })
})

describe('epipole calibrate', () => {
  test('a table for people, one line for programs', async () => {
    const out = path.join(root, 'out.txt')
    const table = await epipole([
      'calibrate',
      path.join(root, 'boards'),
      '--board',
      '7x6',
      '--square',
      '25mm',
      '-o',
      out,
    ])
    expect(table.code).toBe(0)
    expect(table.stdout).toMatch(/^calibrated: Calibrated from 8 photos\.\n/)
    expect(table.stdout).toMatch(/fx +3[78]\d\.\d\d ± 0\.\d\d/)
    expect(table.stdout).toMatch(/board-0\.png +used +rms 0\.0\d\d px, .* mm away/)
    expect(table.stdout).toMatch(/blank\.png +refused +Only 0 places/)
    expect(table.stdout).toMatch(/broken\.png +refused/)
    expect(await readFile(out, 'utf8')).toMatch(/^# CAMERA_ID MODEL .*\n1 OPENCV 400 300 3[78]\d/)
    const single = boards.slice(0, 3).map((_, i) => path.join(root, 'boards', `board-${i}.png`))
    const json = await epipole([
      'calibrate',
      ...single,
      '--board',
      '7x6',
      '--camera',
      'simple_radial',
      '--json',
      '-o',
      out,
    ])
    expect(JSON.parse(json.stdout)).toMatchObject({
      ok: true,
      exitCode: 0,
      camera: { model: 'SIMPLE_RADIAL' },
      file: out,
    })
  })

  test('exit codes: nothing found 1, wrong command line 2, no photos 3', async () => {
    const folder = path.join(root, 'boards')
    const none = await epipole(['calibrate', folder, '--board', '9x6', '--json'])
    expect([none.code, JSON.parse(none.stdout).verdict.test]).toEqual([1, 'calibration-count'])
    for (const flags of [[], ['--board', '9'], ['--board', '2x6'], ['--board', '7x6', '--square', '-3']]) {
      expect((await epipole(['calibrate', folder, ...flags])).code).toBe(2)
    }
    expect((await epipole(['calibrate', path.join(root, 'nothing'), '--board', '7x6'])).code).toBe(3)
    expect((await epipole(['calibrate', path.join(folder, 'broken.png'), '--board', '7x6'])).code).toBe(3)
  })
})
