import path from 'node:path'
import { cameraModelInfo } from '@epipole/geometry'
import { formatVerdict } from '@epipole/sfm'
import type { Command } from 'commander'
import { InvalidArgumentError, Option } from 'commander'
import { readIntrinsics } from '../../actions/read-intrinsics.js'
import { type UndistortedFile, type UndistortResult, undistortPhotos } from '../../actions/undistort.js'
import type { Context } from '../context.js'
import { exitCode } from '../exit-codes.js'
import { wholeNumber } from '../parse.js'
import { printable } from '../printable.js'
import { progress } from '../progress.js'
import { MAX_WORKERS } from './shared-flags.js'

interface Flags {
  readonly model?: string
  readonly intrinsics?: string
  readonly out?: string
  readonly alpha: number
  readonly workers?: number
  readonly json?: boolean
}

export function addUndistort(program: Command, context: Context): void {
  program
    .command('undistort')
    .description('photos as a camera without distortion would have taken them, and the model of such cameras')
    .argument('<photos>', 'folder of the photos')
    .option('--model <folder>', 'COLMAP model of the photos, or an output folder that holds one')
    .addOption(
      new Option(
        '--intrinsics <file>',
        "without a model: COLMAP's cameras.txt of the one camera, as calibrate writes it",
      ).conflicts('model'),
    )
    .option('-o, --out <folder>', 'gets images/ and sparse/0/ (default: ./<photos>-undistorted)')
    .option('--alpha <part>', '0: no empty pixels; 1: nothing of the photos is lost; or between', part, 0)
    .option('--workers <n>', 'worker threads (default: one a core)', wholeNumber(0, MAX_WORKERS))
    .option('--json', 'print the result as one line of JSON')
    .action((photos: string, flags: Flags) => act(photos, flags, context))
}

async function act(photos: string, flags: Flags, context: Context): Promise<void> {
  const { terminal, signal } = context
  const { model, intrinsics, alpha, workers, json } = flags
  const out = flags.out ?? `${path.basename(path.resolve(photos)) || 'photos'}-undistorted`
  const result = await undistortPhotos(photos, {
    ...(model !== undefined && { model }),
    ...(intrinsics !== undefined && { intrinsics: await readIntrinsics(intrinsics) }),
    out,
    alpha,
    ...(workers !== undefined && { workers }),
    signal,
    onEvent: progress(terminal),
  })
  if (!result.photos.some((photo) => photo.camera)) context.exit = exitCode('nothing')
  const ok = context.exit === exitCode('ok')
  if (json) terminal.out(JSON.stringify({ ok, exitCode: context.exit, verdict: null, ...result }))
  else for (const line of lines(result)) terminal.out(line)
}

function lines({ verdict, photos, images, written }: UndistortResult): string[] {
  if (verdict) return [printable(verdict.text), formatVerdict(verdict)]
  const width = Math.max(...photos.map((photo) => printable(photo.name).length), 4)
  return [
    ...photos.map((photo) => `  ${printable(photo.name).padEnd(width)}  ${told(photo)}`),
    `written   ${printable(images)}`,
    ...written.map((file) => `written   ${printable(file)}`),
  ]
}

function told({ camera, empty = 0, verdict }: UndistortedFile): string {
  if (!camera) return `left out  ${printable(verdict?.text ?? '')}`
  const { paramNames } = cameraModelInfo(camera.model)
  const numbers = paramNames.map((name, i) => `${name} ${camera.params[i]!.toFixed(1)}`).join(', ')
  return `${camera.width} × ${camera.height}, ${numbers}${empty > 0 ? `, ${(100 * empty).toFixed(1)} % empty` : ''}`
}

function part(text: string): number {
  const value = Number(text)
  if (text.trim() !== '' && value >= 0 && value <= 1) return value
  throw new InvalidArgumentError('It must be a number from 0 to 1.')
}
