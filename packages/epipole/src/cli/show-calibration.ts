import { type Camera, cameraModelInfo } from '@epipole/geometry'
import { formatVerdict } from '@epipole/sfm'
import type { CalibratedPhoto } from '../actions/calibrate.js'
import type { CalibrateFilesResult } from '../actions/calibrate-files.js'
import { type ExitCode, exitCode } from './exit-codes.js'
import { printable } from './printable.js'
import type { Colors } from './terminal.js'

/** A calibration, for a person. */
export function calibrationLines(result: CalibrateFilesResult, unit: string, colors: Colors): string[] {
  const { verdict, camera, standardDeviation, rmsPx, photos, file } = result
  const paint = camera ? colors.green : colors.red
  const lines = [`${colors.bold(paint(camera ? 'calibrated' : 'not calibrated'))}: ${printable(verdict.text)}`]
  if (!camera) lines.push(`          ${formatVerdict(verdict)}`)
  if (camera && standardDeviation) {
    lines.push(...cameraLines('camera', camera, standardDeviation))
    lines.push(`error     ${rmsPx!.toFixed(3)} px (root mean square of all corners)`)
  }
  lines.push(...photoLines(photos, unit, colors))
  if (file !== undefined) lines.push(`written   ${printable(file)}`)
  return lines
}

/** A camera and its parameters with their deviations. */
export function cameraLines(title: string, camera: Camera, standardDeviation: Float64Array): string[] {
  const { paramNames, extraParams } = cameraModelInfo(camera.model)
  return [
    `${title.padEnd(9)} ${camera.model}, ${camera.width} × ${camera.height} pixels`,
    ...paramNames.map((name, i) => {
      const digits = extraParams.includes(i) ? 5 : 2
      const [value, sigma] = [camera.params[i]!, standardDeviation[i]!].map((v) => v.toFixed(digits))
      return `  ${name.padEnd(8)}${value!.padStart(12)} ± ${sigma}`
    }),
  ]
}

/** What became of each photo, in a column each. */
export function photoLines(photos: readonly CalibratedPhoto[], unit: string, colors: Colors): string[] {
  const width = Math.max(...photos.map((photo) => printable(photo.name).length), 4)
  return photos.map((photo) => photoLine(photo, width, unit, colors))
}

function photoLine(photo: CalibratedPhoto, width: number, unit: string, colors: Colors): string {
  const name = printable(photo.name).padEnd(width)
  const { rmsPx, maxPx, distance } = photo
  if (rmsPx === undefined) {
    const word = photo.used ? 'board  ' : colors.red('refused')
    return `  ${name}  ${word}  ${printable(photo.verdict.text)}`
  }
  const away = distance === undefined ? '' : `, ${distance.toPrecision(4)} ${unit} away`
  return `  ${name}  used     rms ${rmsPx.toFixed(3)} px, largest ${maxPx!.toFixed(2)} px${away}`
}

/** The one line of `--json`. */
export function calibrationJson(result: CalibrateFilesResult, exit: ExitCode, unit: string): object {
  const { verdict, camera, standardDeviation, covariance, rmsPx, photos, file } = result
  return {
    ok: exit === exitCode('ok'),
    exitCode: exit,
    verdict,
    camera: camera ?? null,
    paramNames: camera ? cameraModelInfo(camera.model).paramNames : null,
    standardDeviation: standardDeviation ? [...standardDeviation] : null,
    covariance: covariance ? [...covariance] : null,
    rmsPx: rmsPx ?? null,
    unit,
    photos,
    file: file ?? null,
  }
}
