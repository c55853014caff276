import { type Lens, PROJECTION_SIZE, projectLens } from '../camera/models.js'
import { mat3TransposeApply } from '../math/mat3.js'
import { transformPoint } from '../math/rigid.js'
import type { ResidualTerm } from '../optimize/least-squares.js'
import type { Loss } from '../optimize/loss.js'
import type { BoardView } from './board-view.js'

/** Where the derivatives by the camera's parameters begin in the output of `projectLens`. */
const PARAMS = 6

/**
 * The errors of one camera's view of a board in the pixels: x = π(camFromRig · rigFromBoard · X) − seen, as a term over
 * [camera parameters, camFromRig, rigFromBoard], motions as R row-major, then t. A point behind the camera has no error that is a
 * number, which shortens the step.
 */
export function rigTerm(
  lens: Lens,
  { board, pixels }: BoardView,
  blocks: readonly [number, number, number],
  loss?: Loss,
): ResidualTerm {
  const count = board.length / 2
  const seen = new Float64Array(PROJECTION_SIZE)
  const inRig = new Float64Array(3)
  const inCam = new Float64Array(3)
  const point = new Float64Array(3)
  /** Derivatives of a coordinate of the pixel by the point in the camera and in the rig. */
  const byCam = new Float64Array(3)
  const byInRig = new Float64Array(3)
  const place = (camera: Float64Array, rig: Float64Array, k: number) => {
    point[0] = board[2 * k]
    point[1] = board[2 * k + 1]
    transformPoint(motion(rig), point, inRig)
    transformPoint(motion(camera), inRig, inCam)
  }
  return {
    blocks,
    residualCount: 2 * count,
    lossBlock: 2,
    ...(loss && { loss }),
    residuals: ([params, camera, rig], out) => {
      for (let k = 0; k < count; k++) {
        place(camera, rig, k)
        projectLens(lens, params, inCam[0] / inCam[2], inCam[1] / inCam[2], seen)
        out[2 * k] = inCam[2] > 0 ? seen[0] - pixels[2 * k] : Number.NaN
        out[2 * k + 1] = seen[1] - pixels[2 * k + 1]
      }
    },
    jacobian: ([params, camera, rig], [byParams, byCamera, byRig]) => {
      const n = params.length
      for (let k = 0; k < count; k++) {
        place(camera, rig, k)
        const z = inCam[2]
        projectLens(lens, params, inCam[0] / z, inCam[1] / z, seen)
        for (let i = 0; i < 2; i++) {
          const row = 2 * k + i
          for (let j = 0; j < n; j++) byParams[row * n + j] = seen[PARAMS + 2 * j + i]
          byCam[0] = seen[2 + 2 * i] / z
          byCam[1] = seen[3 + 2 * i] / z
          byCam[2] = -(byCam[0] * inCam[0] + byCam[1] * inCam[1]) / z
          writeMotion(byCam, inRig, byCamera, 12 * row)
          mat3TransposeApply(camera, byCam, byInRig)
          writeMotion(byInRig, point, byRig, 12 * row)
        }
      }
    },
  }
}

function motion(pose: Float64Array) {
  return { R: pose, t: pose.subarray(9, 12) }
}

/** By R and t of p ↦ R p + t, from the derivative by its result. */
function writeMotion(byResult: Float64Array, p: Float64Array, out: Float64Array, at: number): void {
  for (let r = 0; r < 3; r++) {
    for (let c = 0; c < 3; c++) out[at + 3 * r + c] = byResult[r] * p[c]
    out[at + 9 + r] = byResult[r]
  }
}
