import { existsSync, readdirSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { readIntrinsics } from 'epipole/node'
import { type CommandRun, runCommand } from '../run-command.js'
import { type Measured, measureModels } from './measured.js'
import { inputsOf } from './ours.js'
import type { Case } from './sets.js'

const GIBIBYTE = 2 ** 30
/** COLMAP opens a window system even where it draws nothing. */
const ENVIRONMENT = { QT_QPA_PLATFORM: 'offscreen' }

/** With this the mapper ends where it finds no model, which is a result and no failure. */
const NO_MODEL = 'failed to create sparse model'

/** E.g. "COLMAP 3.8"; undefined where it is not installed. */
export async function colmapName(): Promise<string | undefined> {
  try {
    const { code, stdout } = await runCommand('colmap', ['help'], ENVIRONMENT)
    return code === 0 ? (/COLMAP \d+(\.\d+)*/.exec(stdout)?.[0] ?? 'COLMAP') : undefined
  } catch {
    return undefined
  }
}

export interface ColmapSetup {
  readonly photos: string
  readonly folder: string
  /** fx, fy, cx, cy, to be kept. */
  readonly pinhole?: readonly number[]
  readonly singleCamera?: boolean
}

/** The three commands, on the CPU and by default options otherwise. Given intrinsics are one fixed PINHOLE camera. */
export function colmapCommands({ photos, folder, pinhole, singleCamera = false }: ColmapSetup): string[][] {
  const files = ['--database_path', path.join(folder, 'database.db')]
  const images = ['--image_path', photos]
  const extract = ['feature_extractor', ...files, ...images, '--SiftExtraction.use_gpu', '0']
  const map = ['mapper', ...files, ...images, '--output_path', path.join(folder, 'sparse')]
  if (pinhole || singleCamera) extract.push('--ImageReader.single_camera', '1')
  if (pinhole) {
    extract.push('--ImageReader.camera_model', 'PINHOLE', '--ImageReader.camera_params', pinhole.join(','))
    map.push('--Mapper.ba_refine_focal_length', '0', '--Mapper.ba_refine_extra_params', '0')
  }
  return [extract, ['exhaustive_matcher', ...files, '--SiftMatching.use_gpu', '0'], map]
}

export interface ColmapRun {
  readonly measured: Measured
  readonly commands: readonly (readonly string[])[]
}

/** Runs COLMAP on a case, in an empty folder. */
export async function runColmap(which: Case, folder: string, singleCamera = false): Promise<ColmapRun> {
  const { photos, intrinsics, truth } = inputsOf(which)
  const pinhole = intrinsics === undefined ? undefined : await pinholeOf(intrinsics)
  const sparse = path.join(folder, 'sparse')
  await mkdir(sparse, { recursive: true })
  const commands = colmapCommands({ photos, folder, ...(pinhole && { pinhole }), singleCamera })
  const runs: CommandRun[] = []
  for (const args of commands) {
    const run = await runCommand('colmap', args, ENVIRONMENT)
    runs.push(run)
    const said = run.stdout + run.stderr
    if (run.code !== 0 && !said.includes(NO_MODEL)) {
      throw new Error(`colmap ${args.join(' ')} ended with ${run.code}:\n${said.slice(-2000)}`)
    }
  }
  const models = readdirSync(sparse)
    .map((name) => path.join(sparse, name))
    .filter((model) => existsSync(path.join(model, 'images.bin')))
  const peaks = runs.map((run) => run.peakBytes).filter((peak) => peak !== undefined)
  const measured = {
    ...(await measureModels(models, truth)),
    seconds: runs.reduce((sum, run) => sum + run.seconds, 0),
    ...(peaks.length > 0 && { peakGiB: Math.max(...peaks) / GIBIBYTE }),
  }
  return { measured, commands }
}

async function pinholeOf(file: string): Promise<number[]> {
  const { fx, fy, cx, cy } = await readIntrinsics(file)
  return [fx, fy, cx, cy]
}
