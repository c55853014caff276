// Rendered chessboards with exact corners, for tests.
import { randomStream } from '@epipole/core'
import { type Camera, normalizedFromPixels, pixelFromPoint, type Rigid } from '@epipole/geometry'
import type { GrayImage } from '../src/features.js'

export interface RenderedBoard {
  readonly image: GrayImage
  /** Of the inner corners, row by row, as the board says. */
  readonly corners: Float64Array
}

export interface BoardScene {
  readonly camera: Camera
  readonly camFromBoard: Rigid
  /** Inner corners; the squares have side 1 and the first corner is the board's origin. */
  readonly columns: number
  readonly rows: number
  /** White border around the squares, in squares. Default 1. */
  readonly border?: number
  /** Standard deviation of the noise, gray values. Default 2. */
  readonly noise?: number
  /** Box-like blur: samples are spread over this many pixels. Default 1. */
  readonly blur?: number
  /** Gray of dark and of light squares. Default 40, 210. */
  readonly dark?: number
  readonly light?: number
}

/** A board before a gray room, 16 samples a pixel. */
export function renderBoard(scene: BoardScene): RenderedBoard {
  const { camera, camFromBoard, columns, rows, noise = 2, blur = 1 } = scene
  const { width, height } = camera
  const random = randomStream(9, 'board')
  const S = 4
  const grid = new Float64Array(2 * S * S)
  const data = new Uint8Array(width * height)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let k = 0; k < S * S; k++) {
        // All different along both axes, so that upright edges fall between samples as slanted ones do.
        grid[2 * k] = x + 0.5 + ((k + 0.5) / (S * S) - 0.5) * blur
        grid[2 * k + 1] = y + 0.5 + ((((7 * k + 3) % (S * S)) + 0.5) / (S * S) - 0.5) * blur
      }
      const { xy } = normalizedFromPixels(camera, grid, grid)
      let sum = 0
      for (let k = 0; k < S * S; k++) sum += shade(scene, camFromBoard, xy[2 * k]!, xy[2 * k + 1]!)
      data[y * width + x] = Math.min(255, Math.max(0, Math.round(sum / (S * S) + noise * random.normal())))
    }
  }
  const corners = new Float64Array(2 * columns * rows)
  for (let k = 0; k < columns * rows; k++) {
    const [X, Y] = [k % columns, Math.floor(k / columns)]
    const { R, t } = camFromBoard
    const seen = pixelFromPoint(
      camera,
      [0, 1, 2].map((r) => R[3 * r]! * X + R[3 * r + 1]! * Y + t[r]!),
    )
    if (!seen.ok) throw new Error('the board is behind the camera')
    corners.set([seen.x, seen.y], 2 * k)
  }
  return { image: { width, height, data }, corners }
}

/** Gray along the ray (u, v, 1): the board's plane in its own coordinates, by Cramer's rule. */
function shade(
  { columns, rows, border = 1, dark = 40, light = 210 }: BoardScene,
  { R, t }: Rigid,
  u: number,
  v: number,
) {
  const [a, b, c, d] = [R[0]! - u * R[6]!, R[1]! - u * R[7]!, R[3]! - v * R[6]!, R[4]! - v * R[7]!]
  const [p, q] = [u * t[2]! - t[0]!, v * t[2]! - t[1]!]
  const det = a * d - b * c
  const [X, Y] = [(p * d - b * q) / det, (a * q - p * c) / det]
  const [i, j] = [Math.floor(X), Math.floor(Y)]
  if (i >= -1 && j >= -1 && i < columns && j < rows) return (i + j) % 2 === 0 ? dark : light
  const onBorder = X >= -1 - border && Y >= -1 - border && X < columns + border && Y < rows + border
  return onBorder ? light : 110 + 30 * Math.sin(3 * u) + 30 * Math.cos(5 * v)
}
