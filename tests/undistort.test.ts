import { access, cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { findChessboard, grayFromRgb } from '@epipole/features'
import { type Camera, camera, lookAt, normalizedFromPixels, pixelFromPoint, transformPoint } from '@epipole/geometry'
import { readColmapModel, syntheticReconstruction, writeColmapText } from '@epipole/sfm'
import { readIntrinsics, undistortPhotos } from 'epipole/node'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { renderBoard } from '../packages/features/testing/chessboard.js'
import { epipole } from './support/cli.js'

const BOARD = { columns: 7, rows: 6 }
const LENS = camera('OPENCV', 400, 300, [380, 382, 205, 148, -0.2, 0.04, 0.001, -0.001])
const PLAIN = camera('PINHOLE', 400, 300, [380, 382, 205, 148])
const POSES = [
  [3, 2.5, -13],
  [-2, 6, -12],
].map((from) => lookAt(from, [3.2, 2.3, 0]))
const NAMES = ['a.png', 'sub/b.jpg', 'plain.png']

let root: string
let photos: string
beforeAll(async () => {
  root = await mkdtemp(path.join(os.tmpdir(), 'epipole-undistort-'))
  photos = path.join(root, 'photos')
  await mkdir(path.join(photos, 'sub'), { recursive: true })
  for (const [i, name] of NAMES.entries()) {
    const { image } = renderBoard({ camera: i < 2 ? LENS : PLAIN, camFromBoard: POSES[i % 2]!, ...BOARD })
    const file = sharp(image.data, { raw: { width: 400, height: 300, channels: 1 } })
    await (name.endsWith('.jpg') ? file.jpeg({ quality: 100 }) : file.png()).toFile(path.join(photos, name))
  }
  await mkdir(path.join(root, 'model'))
  const model = syntheticReconstruction({ cameras: [LENS, LENS, PLAIN], images: 3, points: 30, name: (i) => NAMES[i]! })
  const { cameras, images, points3D } = writeColmapText(model)
  for (const [name, bytes] of [
    ['cameras.txt', cameras],
    ['images.txt', images],
    ['points3D.txt', points3D],
  ] as const) {
    await writeFile(path.join(root, 'model', name), bytes)
  }
  await writeFile(path.join(root, 'lens.txt'), `1 OPENCV 400 300 ${LENS.params.join(' ')}\n`)
})
afterAll(() => rm(root, { recursive: true, force: true }))

/** Largest distance of the corners in a written photo from where a camera sees them. */
async function cornerError(file: string, cam: Camera, pose: number): Promise<number> {
  const { data, info } = await sharp(file)
    .removeAlpha()
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true })
  const gray = grayFromRgb({ width: info.width, height: info.height, channels: 3, data: Uint8Array.from(data) })
  const found = findChessboard(gray, BOARD)
  if (!found.ok) throw new Error(found.reason)
  let largest = 0
  for (let k = 0; k < found.corners.length / 2; k++) {
    const at = transformPoint(POSES[pose]!, [k % BOARD.columns, Math.floor(k / BOARD.columns), 0])
    const seen = pixelFromPoint(cam, at)
    if (!seen.ok) throw new Error('behind')
    largest = Math.max(largest, Math.abs(seen.x - found.corners[2 * k]!), Math.abs(seen.y - found.corners[2 * k + 1]!))
  }
  return largest
}

describe('undistortPhotos', () => {
  test.each([0, 1])('α = %d: a pinhole camera took the new photos, and the model says which', async (alpha) => {
    const out = path.join(root, `straight-${alpha}`)
    const result = await undistortPhotos(photos, { model: path.join(root, 'model'), out, alpha, workers: 0 })
    expect(result.photos.map((photo) => photo.name).sort()).toEqual([...NAMES].sort())
    const byName = new Map(result.photos.map((photo) => [photo.name, photo]))
    for (const [i, name] of NAMES.slice(0, 2).entries()) {
      const { camera: straight, empty } = byName.get(name)!
      expect(straight).toMatchObject({ model: 'PINHOLE', width: 400, height: 300 })
      if (alpha === 0) expect(empty).toBeLessThan(1e-4)
      else expect(empty).toBeGreaterThan(0.01)
      expect(await cornerError(path.join(out, 'images', name), straight!, i)).toBeLessThan(0.15)
    }
    // What was straight is the same file with the same camera.
    expect(await readFile(path.join(out, 'images', 'plain.png'))).toEqual(
      await readFile(path.join(photos, 'plain.png')),
    )
    expect(byName.get('plain.png')!.camera).toEqual(PLAIN)

    const file = (name: string) => path.join(out, 'sparse', '0', `${name}.bin`)
    const paths = { cameras: file('cameras'), images: file('images'), points3D: file('points3D') }
    const files = {
      cameras: await readFile(paths.cameras),
      images: await readFile(paths.images),
      points3D: await readFile(paths.points3D),
    }
    const model = readColmapModel(files, paths)
    for (const image of model.images.values()) {
      const straight = model.cameras.get(image.cameraId)!
      expect(straight).toEqual(byName.get(image.name)!.camera)
      const rays = normalizedFromPixels(straight, image.keypoints)
      for (const [k, id] of image.pointIds.entries()) {
        const point = model.points.get(id)
        if (!point) continue
        const [x, y, z] = transformPoint(image.camFromWorld, point.xyz)
        expect(Math.abs(rays.xy[2 * k]! - x! / z!)).toBeLessThan(1e-9)
        expect(Math.abs(rays.xy[2 * k + 1]! - y! / z!)).toBeLessThan(1e-9)
      }
    }
  })

  test('photos of one known camera need no model', async () => {
    const out = path.join(root, 'alone')
    const intrinsics = await readIntrinsics(path.join(root, 'lens.txt'))
    const result = await undistortPhotos(path.join(photos, 'sub'), { intrinsics, out, workers: 0 })
    expect(result.written).toEqual([])
    expect(await cornerError(path.join(out, 'images', 'b.jpg'), result.photos[0]!.camera!, 1)).toBeLessThan(0.15)
  })

  test('what does not fit is refused', async () => {
    const model = path.join(root, 'model')
    const out = path.join(root, 'none')
    await expect(undistortPhotos(path.join(photos, 'sub'), { model, out, workers: 0 })).rejects.toThrow(
      'not in the folder',
    )
    await expect(undistortPhotos(photos, { out, workers: 0 })).rejects.toThrow('--intrinsics')
    const small = { ...(await readIntrinsics(path.join(root, 'lens.txt'))), size: { width: 10, height: 10 } }
    await expect(undistortPhotos(photos, { intrinsics: small, out, workers: 0 })).rejects.toThrow('10 × 10')
    await mkdir(path.join(root, 'own'), { recursive: true })
    await expect(
      undistortPhotos(path.join(root, 'own', 'images'), { model, out: path.join(root, 'own') }),
    ).rejects.toThrow('overwrite')
    // Neither the photos nor the model are written over, by links neither.
    await mkdir(path.join(root, 'linked'), { recursive: true })
    await symlink(photos, path.join(root, 'linked', 'images'))
    await expect(undistortPhotos(photos, { model, out: path.join(root, 'linked'), workers: 0 })).rejects.toThrow(
      'overwrite',
    )
    await cp(model, path.join(root, 'whole', 'sparse', '0'), { recursive: true })
    const whole = path.join(root, 'whole')
    await expect(undistortPhotos(photos, { model: whole, out: whole, workers: 0 })).rejects.toThrow(
      'new model would overwrite',
    )
    const folded = {
      fx: 200,
      fy: 200,
      cx: 200,
      cy: 150,
      lens: { model: 'SIMPLE_RADIAL', params: [150, 200, 150, -0.3] },
    } as const
    const refused = await undistortPhotos(photos, { intrinsics: folded, out, workers: 0 })
    expect(refused).toMatchObject({ verdict: { test: 'undistort-lens' }, photos: [] })
    await expect(access(path.join(out, 'images'))).rejects.toThrow()
  })
})

describe('epipole undistort', () => {
  test('writes, says what, and ends with the right codes', async () => {
    const out = path.join(root, 'cli')
    const done = await epipole(['undistort', photos, '--model', path.join(root, 'model'), '-o', out])
    expect(done.code).toBe(0)
    expect(done.stdout).toMatch(/a\.png +400 × 300, fx 3\d\d\.\d/)
    expect(done.stdout).toContain(path.join(out, 'sparse', '0', 'cameras.bin'))
    const json = await epipole([
      'undistort',
      path.join(photos, 'sub'),
      '--intrinsics',
      path.join(root, 'lens.txt'),
      '-o',
      out,
      '--json',
    ])
    expect(JSON.parse(json.stdout)).toMatchObject({
      ok: true,
      photos: [{ name: 'b.jpg', camera: { model: 'PINHOLE' } }],
    })
    expect((await epipole(['undistort', photos, '-o', out])).code).toBe(2)
    expect((await epipole(['undistort', photos, '--alpha', '2', '--model', root, '-o', out])).code).toBe(2)
    expect((await epipole(['undistort', path.join(root, 'nothing'), '--model', path.join(root, 'model')])).code).toBe(3)
  })
})
