import { camera, lookAt, type Rigid, so3Exp } from '@epipole/geometry'
import { describe, expect, it } from 'vitest'
import { renderBoard } from '../../testing/chessboard.js'
import { quarterTurn, remap, texture } from '../../testing/images.js'
import type { GrayImage } from '../features.js'
import { findChessboard } from './detect.js'

const SIZE = { columns: 7, rows: 6 }
const CAMERA = camera('SIMPLE_RADIAL', 400, 300, [380, 200, 150, -0.15])

/** Board coordinates have y down as the camera, so that a board seen from the front is not mirrored. */
function pose(from: readonly [number, number, number], turn = 0): Rigid {
  const { R, t } = lookAt(from, [3, 2.5, 0])
  const spin = so3Exp([0, 0, turn])
  const turned = (v: ArrayLike<number>, at: number, step: number) =>
    [0, 1, 2].map(
      (r) => spin[3 * r]! * v[at]! + spin[3 * r + 1]! * v[at + step]! + spin[3 * r + 2]! * v[at + 2 * step]!,
    )
  const columns = [0, 1, 2].map((c) => turned(R, c, 3))
  return {
    R: Float64Array.from({ length: 9 }, (_, k) => columns[k % 3]![Math.floor(k / 3)]!),
    t: Float64Array.from(turned(t, 0, 1)),
  }
}

const far = (a: Float64Array, b: Float64Array) =>
  a.reduce(
    (worst, v, k) => (k % 2 ? worst : Math.max(worst, Math.sqrt((v - b[k]!) ** 2 + (a[k + 1]! - b[k + 1]!) ** 2))),
    0,
  )

describe('findChessboard', () => {
  it.each([
    ['from the front', [3, 2.5, -11], 0],
    ['from the left, below', [-4, 7, -9], 0.1],
    ['from the right, steeply', [11, 2, -7], 0],
    ['turned by 50°', [3, 0, -12], 0.87],
    ['upside down', [1, 3, -12], 3.1],
    ['a quarter turn', [5, 4, -12], -1.6],
  ] as const)('%s: all corners, in the order of the board, to a tenth of a pixel', (_, from, turn) => {
    const { image, corners } = renderBoard({ camera: CAMERA, camFromBoard: pose(from, turn), ...SIZE })
    const found = findChessboard(image, SIZE)
    if (!found.ok) throw new Error(JSON.stringify(found))
    // Seven by six corners: colours tell the first from the last, whatever way the board is held.
    expect(found.turnable).toBe(false)
    expect(far(found.corners, corners)).toBeLessThan(0.1)
    expect(found.spacing).toBeGreaterThan(15)
  })

  it.each([
    ['noise', { noise: 8 }, 0.25],
    ['little contrast', { dark: 100, light: 135 }, 0.25],
    ['blur', { blur: 5 }, 0.25],
  ] as const)('bears %s', (_, scene, tolerance) => {
    const { image, corners } = renderBoard({ camera: CAMERA, camFromBoard: pose([0, 5, -11]), ...SIZE, ...scene })
    const found = findChessboard(image, SIZE)
    if (!found.ok) throw new Error(JSON.stringify(found))
    expect(far(found.corners, corners)).toBeLessThan(tolerance)
  })

  it('a large photo, and a small board in it', () => {
    const large = camera('PINHOLE', 1300, 1000, [1500, 1500, 650, 500])
    for (const distance of [-12, -60]) {
      const { image, corners } = renderBoard({ camera: large, camFromBoard: pose([1, 4, distance]), ...SIZE, noise: 1 })
      const found = findChessboard(image, SIZE)
      if (!found.ok) throw new Error(JSON.stringify(found))
      expect(far(found.corners, corners)).toBeLessThan(0.1)
    }
  })

  it('turns with the image', () => {
    const { image } = renderBoard({ camera: CAMERA, camFromBoard: pose([0, 5, -11]), ...SIZE })
    const [a, b] = [findChessboard(image, SIZE), findChessboard(quarterTurn(image), SIZE)]
    if (!a.ok || !b.ok) throw new Error('not found')
    // (x, y) → (height − y, x)
    const turned = a.corners.map((_, k) => (k % 2 === 0 ? image.height - a.corners[k + 1]! : a.corners[k - 1]!))
    expect(far(b.corners, turned)).toBeLessThan(0.01)
  })

  it('a board that looks the same turned round starts at the top left', () => {
    const size = { columns: 7, rows: 5 }
    const { image, corners } = renderBoard({ camera: CAMERA, camFromBoard: pose([3, 2.5, -12], Math.PI), ...size })
    const found = findChessboard(image, size)
    if (!found.ok) throw new Error(JSON.stringify(found))
    expect(found.turnable).toBe(true)
    const reversed = corners.map((_, k) => corners[corners.length - 2 - (k & ~1) + (k & 1)]!)
    expect(far(found.corners, reversed)).toBeLessThan(0.1)
  })

  it('all or nothing: a cut board, a covered corner, another board', () => {
    const { image } = renderBoard({ camera: CAMERA, camFromBoard: pose([3, 2.5, -11]), ...SIZE })
    const cut = remap(image, 280, 300, (x, y) => [x, y])
    expect(findChessboard(cut, SIZE)).toMatchObject({ ok: false, reason: 'grid', threshold: 42 })
    const covered = remap(image, 400, 300, (x, y) =>
      Math.abs(x - 200) < 22 && Math.abs(y - 150) < 22 ? [0, 0] : [x, y],
    )
    expect(findChessboard(covered, SIZE)).toMatchObject({ ok: false, reason: 'grid' })
    expect(findChessboard(image, { columns: 6, rows: 5 })).toMatchObject({ ok: false, reason: 'larger', value: 42 })
    expect(findChessboard(image, { columns: 8, rows: 6 })).toMatchObject({
      ok: false,
      reason: 'grid',
      value: 42,
      threshold: 48,
    })
  })

  it('is not found where there is none', () => {
    const plain: GrayImage = { width: 100, height: 80, data: new Uint8Array(8000).fill(90) }
    expect(findChessboard(plain, SIZE)).toEqual({ ok: false, reason: 'crossings', value: 0, threshold: 42 })
    expect(findChessboard(texture(400, 300), SIZE).ok).toBe(false)
    expect(findChessboard({ width: 5, height: 4, data: new Uint8Array(20) }, SIZE).ok).toBe(false)
    const stripes = remap(plain, 400, 300, () => [0, 0])
    stripes.data.forEach((_, k) => {
      stripes.data[k] = (k >> 4) & 1 ? 220 : 20
    })
    expect(findChessboard(stripes, SIZE).ok).toBe(false)
  })

  it('refuses a size that is none', () => {
    const plain: GrayImage = { width: 100, height: 80, data: new Uint8Array(8000) }
    expect(() => findChessboard(plain, { columns: 2, rows: 6 })).toThrow('inner corners')
    expect(() => findChessboard(plain, { columns: 7, rows: 1.5 })).toThrow('inner corners')
  })
})
