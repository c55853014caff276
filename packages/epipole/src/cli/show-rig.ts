import { cameraModelInfo, degrees, so3Log } from '@epipole/geometry'
import { formatVerdict } from '@epipole/sfm'
import type { RigCameraResult } from '../actions/calibrate-rig.js'
import type { CalibrateRigFilesResult } from '../actions/calibrate-rig-files.js'
import { type ExitCode, exitCode } from './exit-codes.js'
import { printable } from './printable.js'
import { cameraLines, photoLines } from './show-calibration.js'
import type { Colors } from './terminal.js'

/** The calibration of a rig, for a person. */
export function rigLines(result: CalibrateRigFilesResult, unit: string, colors: Colors): string[] {
  const { verdict, cameras, rmsPx, shared, files } = result
  const ok = rmsPx !== undefined
  const paint = ok ? colors.green : colors.red
  const lines = [`${colors.bold(paint(ok ? 'calibrated' : 'not calibrated'))}: ${printable(verdict.text)}`]
  if (!ok) lines.push(`          ${formatVerdict(verdict)}`)
  lines.push(`shared    ${shared} moments in which two cameras or more found the board`)
  for (const [i, one] of cameras.entries()) {
    const { name, camera, standardDeviation, photos } = one
    if (camera && standardDeviation) {
      lines.push(...cameraLines(printable(name), camera, standardDeviation))
      if (i > 0) lines.push(...motionLines(one, unit))
      lines.push(`  error   ${one.rmsPx!.toFixed(3)} px`)
    } else lines.push(printable(name))
    lines.push(...photoLines(photos, unit, colors))
  }
  if (ok) lines.push(`error     ${rmsPx.toFixed(3)} px (root mean square of all corners)`)
  for (const file of files) lines.push(`written   ${printable(file)}`)
  return lines
}

/** Where the first camera's frame is in this one's: turn and shift, with deviations. */
function motionLines({ camFromRig, motionDeviation }: RigCameraResult, unit: string): string[] {
  const row = (name: string, values: ArrayLike<number>, deviations: ArrayLike<number>, digits: number, of: string) =>
    `  ${name.padEnd(8)}${Array.from(values, (v, k) => `${v.toFixed(digits)} ± ${deviations[k]!.toFixed(digits)}`).join(', ')} ${of}`
  return [
    row('turn', so3Log(camFromRig!.R).map(degrees), motionDeviation!.subarray(0, 3).map(degrees), 3, '° about x, y, z'),
    row('shift', camFromRig!.t, motionDeviation!.subarray(3), 3, unit),
  ]
}

/** The one line of `--json`. */
export function rigJson(result: CalibrateRigFilesResult, exit: ExitCode, unit: string): object {
  const { verdict, rmsPx, shared, files } = result
  const numbers = (values: ArrayLike<number> | undefined) => (values ? Array.from(values) : null)
  return {
    ok: exit === exitCode('ok'),
    exitCode: exit,
    verdict,
    rmsPx: rmsPx ?? null,
    shared,
    unit,
    cameras: result.cameras.map(
      ({ name, camera, camFromRig, standardDeviation, covariance, motionDeviation, ...rest }) => ({
        name,
        camera: camera ?? null,
        paramNames: camera ? cameraModelInfo(camera.model).paramNames : null,
        standardDeviation: numbers(standardDeviation),
        covariance: numbers(covariance),
        camFromRig: camFromRig ? { R: numbers(camFromRig.R), t: numbers(camFromRig.t) } : null,
        motionDeviation: numbers(motionDeviation),
        rmsPx: rest.rmsPx ?? null,
        photos: rest.photos,
      }),
    ),
    files,
  }
}
