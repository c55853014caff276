import path from 'node:path'
import { EpipoleError, throwIfAborted } from '@epipole/core'
import { type Camera, quaternionFromRotation } from '@epipole/geometry'
import { writeFiles } from '../outputs/write-files.js'
import { openPhotos } from '../photos/open-photos.js'
import type { PhotoSet } from '../photos/photo.js'
import type { CalibrateOptions } from './calibrate.js'
import { camerasText, openAll } from './calibrate-files.js'
import { type CalibrateRigResult, calibrateRigPhotos, type RigCameraResult, type RigPhotos } from './calibrate-rig.js'

export interface CalibrateRigFilesOptions extends CalibrateOptions {
  /**
   * How the names of each camera's photos begin, where photos of all cameras lie together; what follows names the moment. Default:
   * each path is the folder of one camera, and what the names of a folder do not share names the moment.
   */
  readonly prefixes?: readonly string[]
  /** COLMAP's `cameras.txt` of all cameras; the rig goes beside it as `…-rig.json`. Default `./<names>-cameras.txt`. */
  readonly out?: string
}

export interface CalibrateRigFilesResult extends CalibrateRigResult {
  /** Absolute paths of the written files; none where nothing was calibrated. */
  readonly files: readonly string[]
}

/**
 * Calibrates a rig from a folder for each camera, or from photos with a prefix for each camera, and writes the cameras as COLMAP
 * reads them, with COLMAP's description of the rig beside them.
 *
 * @throws EpipoleError `input` where a path is missing, `usage`, `io`, `aborted`
 */
export async function calibrateRigFiles(
  paths: readonly string[],
  options: CalibrateRigFilesOptions,
): Promise<CalibrateRigFilesResult> {
  const { out, prefixes, ...rest } = options
  const rig = prefixes ? await byPrefix(paths, prefixes) : await byFolder(paths)
  const name = rig.map((camera) => camera.name).join('-')
  const file = path.resolve(out ?? `${name}-cameras.txt`)
  const result = await calibrateRigPhotos(rig, rest)
  throwIfAborted(options.signal)
  const cameras = result.cameras.flatMap(({ camera }) => (camera ? [camera] : []))
  if (cameras.length === 0) return { ...result, files: [] }
  const rigFile = path.join(
    path.dirname(file),
    `${path.basename(file).replace(/(-?cameras)?\.txt$/i, '') || 'cameras'}-rig.json`,
  )
  const encoder = new TextEncoder()
  await writeFiles(
    new Map([
      [file, encoder.encode(camerasText(cameras as Camera[]))],
      [rigFile, encoder.encode(rigText(result.cameras))],
    ]),
  )
  return { ...result, files: [file, rigFile] }
}

async function byFolder(paths: readonly string[]): Promise<RigPhotos[]> {
  const sets: PhotoSet[] = []
  for (const folder of paths) sets.push(await openPhotos(folder))
  return sets.map((set) => {
    const shared = sharedStart([...set.photos, ...set.refused].map((photo) => withoutExtension(photo.name)))
    return { name: set.name, set, moment: (photo) => withoutExtension(photo).slice(shared) }
  })
}

async function byPrefix(paths: readonly string[], prefixes: readonly string[]): Promise<RigPhotos[]> {
  const { set } = await openAll(paths)
  return prefixes.map((prefix) => {
    const own = <T extends { readonly name: string }>(photos: readonly T[]) =>
      photos.filter((photo) => path.posix.basename(photo.name).startsWith(prefix))
    const photos = own(set.photos)
    if (photos.length === 0) {
      throw new EpipoleError('usage', `No photo's name begins with "${prefix}".`, { prefix })
    }
    const moment = (photo: string) => withoutExtension(path.posix.basename(photo)).slice(prefix.length)
    return { name: prefix, set: { ...set, photos, refused: own(set.refused) }, moment }
  })
}

function withoutExtension(name: string): string {
  return name.replace(/\.[^./]*$/, '')
}

/** How many characters all names begin with, not counting digits at the end of them: `img10`, `img12` share `img`. */
function sharedStart(names: readonly string[]): number {
  const [first = '', ...others] = names
  let length = others.length === 0 ? 0 : first.length
  for (const name of others) while (!name.startsWith(first.slice(0, length))) length--
  return first.slice(0, length).replace(/\d+$/, '').length
}

/** COLMAP's rig configuration: the pose of each camera is camera from rig, quaternion w x y z. */
function rigText(cameras: readonly RigCameraResult[]): string {
  const entries = cameras.map(({ name, camFromRig }, i) => ({
    camera_id: i + 1,
    image_prefix: name,
    rel_qvec: [...quaternionFromRotation(camFromRig!.R)],
    rel_tvec: [...camFromRig!.t],
  }))
  return `${JSON.stringify([{ ref_camera_id: 1, cameras: entries }], null, 2)}\n`
}
