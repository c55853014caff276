import { EpipoleError } from '@epipole/core'
import type { Camera } from '../camera/camera.js'
import { lensOf, PROJECTION_SIZE, projectLens } from '../camera/models.js'
import { type Rigid, rigid } from '../math/rigid.js'

/** One photo of the board. */
export interface BoardView {
  /** `2 × n`: the points on the board (its plane z = 0), in any unit of length. */
  readonly board: Float64Array
  /** `2 × n`: where they appear, pixels. */
  readonly pixels: Float64Array
}

/** How well one view fits. */
export interface BoardViewFit {
  readonly camFromBoard: Rigid
  /** √(mean squared distance), pixels. */
  readonly rmsPx: number
  readonly maxPx: number
  /** `2 × n`: projected − seen, pixels. */
  readonly residuals: Float64Array
}

/** @throws EpipoleError `usage` where the arrays do not fit or values are not finite */
export function checkView({ board, pixels }: BoardView, name: string): void {
  const fits = board.length === pixels.length && board.length % 2 === 0
  if (fits && board.every(Number.isFinite) && pixels.every(Number.isFinite)) return
  throw new EpipoleError(
    'usage',
    `${name} needs as many finite board coordinates as pixel coordinates, two a point; it has ${board.length} and ${pixels.length}.`,
    { view: name, board: board.length, pixels: pixels.length },
  )
}

/** @param pose camFromBoard, R row-major then t */
export function viewFit(cam: Camera, { board, pixels }: BoardView, pose: Float64Array): BoardViewFit {
  const lens = lensOf(cam.model)
  const params = Float64Array.from(cam.params)
  const out = new Float64Array(PROJECTION_SIZE)
  const residuals = new Float64Array(pixels.length)
  let sum = 0
  let largest = 0
  for (let k = 0; k < board.length; k += 2) {
    const [X, Y] = [board[k], board[k + 1]]
    const [x, y, z] = [0, 1, 2].map((r) => pose[3 * r] * X + pose[3 * r + 1] * Y + pose[9 + r])
    projectLens(lens, params, x / z, y / z, out)
    residuals[k] = out[0] - pixels[k]
    residuals[k + 1] = out[1] - pixels[k + 1]
    const square = residuals[k] ** 2 + residuals[k + 1] ** 2
    sum += square
    largest = Math.max(largest, square)
  }
  return {
    camFromBoard: rigid(pose.subarray(0, 9), pose.subarray(9, 12)),
    rmsPx: Math.sqrt(sum / (board.length / 2)),
    maxPx: Math.sqrt(largest),
    residuals,
  }
}
