import type { Chessboard } from '@epipole/features'
import type { Calibration, RigCalibration } from '@epipole/geometry'
import type { Verdict } from '@epipole/sfm'
import type { BoardPhoto } from '../tasks/board.js'

/** One photo: found, or why not. */
export function boardVerdict(board: Chessboard): Verdict {
  if (board.ok) {
    const count = board.corners.length / 2
    return verdict('board-found', count, count, 'count', `All ${count} corners of the board.`)
  }
  const { reason, value, threshold } = board
  const texts = {
    crossings: `Only ${value} places look like corners of a chessboard. Is the board in the photo, sharp, and its inner corners counted right?`,
    grid: `The largest grid has ${value} corners, not all ${threshold} of a board. Show the whole board with a white border, uncovered.`,
    larger: `There is a grid of ${value} corners that goes on beside the ${threshold} asked for. Count the board's inner corners again.`,
    blurred: `Corner ${value + 1} has no sharp position. Hold camera and board still, or use more light.`,
  }
  return verdict(`board-${reason}`, value, threshold, 'count', texts[reason])
}

/** Photos of another size than most are another camera's, or cut. */
export function otherSize(
  { width, height, board }: BoardPhoto,
  size: { readonly width: number; readonly height: number } | undefined,
): Verdict | undefined {
  if (!board.ok || !size || (size.width === width && size.height === height)) return undefined
  const text = `It has ${width} × ${height} pixels, the others ${size.width} × ${size.height}. Calibrate each camera and size by itself.`
  return verdict('other-size', width * height, size.width * size.height, 'px', text)
}

/**
 * The whole: calibrated, or why not.
 *
 * @param names of the photos of the views
 */
export function calibrationVerdict(calibration: Calibration, names: readonly string[]): Verdict {
  if (calibration.ok) {
    const { standardDeviation, camera } = calibration
    const part = standardDeviation[0]! / camera.params[0]!
    return verdict('calibrated', part, 0.05, 'ratio', `Calibrated from ${names.length} photos.`)
  }
  const { reason, value, threshold } = calibration
  const texts = {
    count: `The board was found in ${value} photos; at least ${threshold} are needed, and ten or more are better.`,
    view: `The corners of ${names[value]} determine nothing; leave it out.`,
    parallel: `The board stood parallel in all photos, to ${value.toFixed(1)}°. Tilt it by 20° to 50°, in different directions.`,
    focal: `The photos determine the focal length only to ${(100 * value).toFixed(0)} %. Tilt the board more, bring it closer, and to the edges of the photo.`,
    convergence:
      'No camera explains these photos. Are they all by one camera, with one focus and zoom, and is the board flat?',
  }
  const units = { count: 'count', view: 'count', parallel: 'deg', focal: 'ratio', convergence: 'count' }
  return verdict(`calibration-${reason}`, value, threshold, units[reason], texts[reason])
}

/**
 * A rig: calibrated, or why not.
 *
 * @param cameras what each is called, and the names of the photos of its views
 */
export function rigVerdict(
  rig: RigCalibration,
  cameras: readonly { readonly name: string; readonly photos: readonly string[] }[],
  moments: number,
): Verdict {
  if (rig.ok) {
    const text = `Calibrated ${cameras.length} cameras from ${moments} moments.`
    return verdict('calibrated-rig', rig.rmsPx, 1, 'px', text)
  }
  const { reason, value, threshold, alone } = rig
  const camera = cameras[value]
  if (reason === 'camera' && alone && camera) {
    const why = calibrationVerdict(alone, camera.photos)
    return { ...why, text: `${camera.name}: ${why.text}` }
  }
  const text =
    reason === 'connected'
      ? `${camera?.name}: in no moment is the board seen by it and by a camera that is connected to ${cameras[0]?.name}. Photos of one moment need one name or number.`
      : 'No rig explains these photos. Did all cameras stay fixed to each other, and do photos of one name belong to one moment?'
  return verdict(`rig-${reason}`, value, threshold, 'count', text)
}

function verdict(test: string, value: number, threshold: number, unit: string, text: string): Verdict {
  return { test, value, threshold, unit, text }
}
