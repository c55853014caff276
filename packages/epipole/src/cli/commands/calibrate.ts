import type { BoardSize } from '@epipole/features'
import type { CameraModel } from '@epipole/geometry'
import type { Command } from 'commander'
import { InvalidArgumentError, Option } from 'commander'
import { calibrateFiles, isFolder } from '../../actions/calibrate-files.js'
import { calibrateRigFiles } from '../../actions/calibrate-rig-files.js'
import type { Context } from '../context.js'
import { exitCode } from '../exit-codes.js'
import { cameraModel, wholeNumber } from '../parse.js'
import { progress } from '../progress.js'
import { calibrationJson, calibrationLines } from '../show-calibration.js'
import { rigJson, rigLines } from '../show-rig.js'
import { MAX_WORKERS } from './shared-flags.js'

interface Flags {
  readonly board: BoardSize
  readonly square: Length
  readonly camera: CameraModel
  readonly rig?: readonly string[]
  readonly out?: string
  readonly workers?: number
  readonly json?: boolean
}

/** A number and the unit it was written with. */
export interface Length {
  readonly value: number
  readonly unit: string
}

export function addCalibrate(program: Command, context: Context): void {
  program
    .command('calibrate')
    .description(
      'the camera that took photos of a chessboard: focal length, principal point, distortion; or the cameras of a rig',
    )
    .argument('<photos...>', 'folder of photos, or photos; several folders: one for each camera of a rig')
    .requiredOption('--board <columns>x<rows>', 'inner corners: a board of 10 × 7 squares is 9x6', boardSize)
    .addOption(
      new Option('--square <length>', 'side of a square, e.g. 25mm')
        .argParser(length)
        .default({ value: 1, unit: 'squares' }, 'lengths in squares'),
    )
    .option('--camera <model>', "COLMAP's camera model", cameraModel, 'OPENCV')
    .option('--rig <prefixes>', "how the names of each camera's photos of a rig begin: left,right", rigPrefixes)
    .option('-o, --out <file>', "COLMAP's cameras.txt, for --intrinsics (default: ./<folder>-cameras.txt)")
    .option('--workers <n>', 'worker threads (default: one a core)', wholeNumber(0, MAX_WORKERS))
    .option('--json', 'print the result as one line of JSON')
    .action((photos: string[], flags: Flags) => act(photos, flags, context))
}

async function act(photos: readonly string[], flags: Flags, context: Context): Promise<void> {
  const { terminal, signal } = context
  const { board, square, camera, rig, out, workers, json } = flags
  const options = {
    board,
    square: square.value,
    cameraModel: camera,
    ...(out !== undefined && { out }),
    ...(workers !== undefined && { workers }),
    signal,
    onEvent: progress(terminal),
  }
  if (rig || (photos.length > 1 && (await areFolders(photos)))) {
    const result = await calibrateRigFiles(photos, { ...options, ...(rig && { prefixes: rig }) })
    if (result.files.length === 0) context.exit = exitCode('nothing')
    if (json) terminal.out(JSON.stringify(rigJson(result, context.exit, square.unit)))
    else for (const line of rigLines(result, square.unit, terminal.colors)) terminal.out(line)
    return
  }
  const result = await calibrateFiles(photos, options)
  if (!result.camera) context.exit = exitCode('nothing')
  if (json) terminal.out(JSON.stringify(calibrationJson(result, context.exit, square.unit)))
  else for (const line of calibrationLines(result, square.unit, terminal.colors)) terminal.out(line)
}

async function areFolders(paths: readonly string[]): Promise<boolean> {
  for (const one of paths) if (!(await isFolder(one))) return false
  return true
}

function rigPrefixes(text: string): string[] {
  const prefixes = text.split(',').map((prefix) => prefix.trim())
  const apart = prefixes.every((a, i) => a !== '' && prefixes.every((b, k) => i === k || !b.startsWith(a)))
  if (prefixes.length > 1 && apart) return prefixes
  throw new InvalidArgumentError(
    'It must be two different beginnings of names or more, none of which begins another: left,right.',
  )
}

function boardSize(text: string): BoardSize {
  const match = /^\s*(\d{1,2})\s*[x×]\s*(\d{1,2})\s*$/i.exec(text)
  const [columns, rows] = [Number(match?.[1]), Number(match?.[2])]
  if (match && columns >= 3 && rows >= 3) return { columns, rows }
  throw new InvalidArgumentError('It must be the inner corners along both sides, at least 3 each: 9x6.')
}

function length(text: string): Length {
  const match = /^\s*([\d.]+)\s*(mm|cm|m|in)?\s*$/i.exec(text)
  const value = Number(match?.[1])
  if (match && value > 0 && Number.isFinite(value)) return { value, unit: match[2]?.toLowerCase() ?? 'units' }
  throw new InvalidArgumentError('It must be a positive length: 25mm, 2.5cm, 0.025m, 1in, or a bare number.')
}
