import type { CameraModel } from '@epipole/geometry'
import type { Command } from 'commander'
import { readIntrinsics } from '../../actions/read-intrinsics.js'
import { reconstructFolder } from '../../actions/reconstruct-folder.js'
import type { Context } from '../context.js'
import { cameraModel, oneOf } from '../parse.js'
import { progress } from '../progress.js'
import { announce } from '../show-info.js'
import { finishReconstruct } from '../show-result.js'
import { type MatchingFlags, matchingFlags, outFlags, type WorkFlags, workFlags } from './shared-flags.js'

interface Flags extends WorkFlags, MatchingFlags {
  readonly out?: string
  readonly intrinsics?: string
  readonly refineIntrinsics?: boolean
  readonly camera?: CameraModel
  readonly features: 'sift'
  readonly fresh?: boolean
  readonly open?: boolean
  readonly json?: boolean
  readonly text?: boolean
}

export function addReconstruct(program: Command, context: Context): void {
  const command = program
    .command('reconstruct')
    .description('cameras and 3-D points from a folder of photos')
    .argument('<photos>', 'folder of photos (JPEG, PNG, WebP, TIFF, AVIF), nested ones too')
    .option('-o, --out <folder>', 'where the outputs go (default: ./<photos>-epipole)')
    .option(
      '--intrinsics <K>',
      "fx,fy,cx,cy in pixels of the full-size photo, or a file: 3×3 matrix or COLMAP's cameras.txt",
    )
    .option('--refine-intrinsics', 'refine the given intrinsics, which stay fixed otherwise')
    .option('--camera <model>', "camera model, by COLMAP's name (default: SIMPLE_RADIAL)", cameraModel)
    .option('--features <kind>', 'feature extractor: sift', oneOf(['sift'] as const), 'sift')
  matchingFlags(command)
  workFlags(command)
    .option('--fresh', 'forget what earlier runs into the same folder did')
    .option('--text', "COLMAP's text form in place of the binary one")
  outFlags(command).action((photos: string, flags: Flags) => act(photos, flags, context))
}

async function act(photos: string, flags: Flags, context: Context): Promise<void> {
  const { terminal, signal } = context
  const { intrinsics, refineIntrinsics, camera, open, json, ...rest } = flags
  const given = intrinsics === undefined ? undefined : await readIntrinsics(intrinsics)
  const result = await reconstructFolder(photos, {
    ...rest,
    ...(given && { intrinsics: given }),
    ...(refineIntrinsics && { refineIntrinsics }),
    ...(camera && { cameraModel: camera }),
    signal,
    onEvent: progress(terminal),
    onPhotos: (set) => announce(set, rest, terminal),
  })
  await finishReconstruct(result, { photos, json: json === true, open: open === true }, context)
}
