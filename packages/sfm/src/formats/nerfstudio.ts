import { EpipoleError } from '@epipole/core'
import { cameraCenter, type Rigid } from '@epipole/geometry'
import type { Verdict } from '../report/report.js'
import { byId } from '../scene/by-id.js'
import { assertModel } from '../scene/check.js'
import type { Reconstruction } from '../scene/reconstruction.js'
import {
  type NerfstudioCamera,
  type NerfstudioIntrinsics,
  type NerfstudioModel,
  nerfstudioCamera,
} from './nerfstudio-camera.js'

export interface NerfstudioOptions {
  /** The path that `transforms.json` gives for a photo, relative to its own folder. Default: `images/` and the name. */
  readonly photoPath?: (name: string) => string
  /** The path of the points as a PLY in the model's own world, relative to the folder; left out when there is none. */
  readonly plyPath?: string
}

interface Transforms extends Partial<NerfstudioIntrinsics> {
  readonly camera_model: NerfstudioModel
  readonly note: string
  readonly applied_transform: readonly (readonly number[])[]
  readonly ply_file_path?: string
  readonly frames: readonly Frame[]
}

interface Frame extends Partial<NerfstudioIntrinsics> {
  readonly file_path: string
  /** World-from-camera, 4 × 4, OpenGL axes. */
  readonly transform_matrix: readonly (readonly number[])[]
}

const NOTE =
  'transform_matrix is world-from-camera with OpenGL axes (x right, y up, z back); the world is that of the sparse model (applied_transform is the identity), its scale arbitrary. Intrinsics are for the pixels as stored in the photo files: EXIF orientation is not applied, as in nerfstudio.'

/** Why the model cannot be written for nerfstudio, naming the camera; undefined where it can. */
export function nerfstudioVerdict(model: Reconstruction): Verdict | undefined {
  let first: { id: number; model: NerfstudioModel } | undefined
  for (const [id, camera] of usedCameras(model)) {
    const result = nerfstudioCamera(camera)
    if (!result.ok) return { ...result.verdict, text: `Camera ${id}: ${result.verdict.text}` }
    first ??= { id, model: result.model }
    if (first.model !== result.model) {
      return {
        test: 'nerfstudio-one-model',
        value: 2,
        threshold: 1,
        unit: 'count',
        text: `nerfstudio knows one lens type per data set, but camera ${first.id} is ${first.model} and camera ${id} is ${result.model}; undistort the photos or use the COLMAP model.`,
      }
    }
  }
  return undefined
}

/**
 * nerfstudio's `transforms.json` (UTF-8): camera-to-world poses with OpenGL axes in the model's own world, so that a PLY of
 * the same model needs no transform; intrinsics once when all photos share a camera, else with each frame. Frames by
 * ascending image id.
 *
 * @throws EpipoleError `unsupported` where `nerfstudioVerdict` gives a reason; `usage` where the model contradicts itself
 */
export function writeNerfstudio(model: Reconstruction, options: NerfstudioOptions = {}): Uint8Array {
  assertModel(model)
  const verdict = nerfstudioVerdict(model)
  if (verdict !== undefined) throw new EpipoleError('unsupported', verdict.text, { ...verdict })
  const { photoPath = (name) => `images/${name}` } = options
  const cameras = usedCameras(model).map(([id, camera]) => [id, nerfstudioCamera(camera)] as const)
  const intrinsics = new Map(cameras.map(([id, camera]) => [id, intrinsicsOf(camera)]))
  const shared = cameras.length === 1 ? intrinsicsOf(cameras[0][1]) : undefined
  const frames = byId(model.images).map(
    ([, image]): Frame => ({
      file_path: photoPath(image.name),
      ...(shared === undefined ? intrinsics.get(image.cameraId) : {}),
      transform_matrix: worldFromOpenGlCamera(image.camFromWorld),
    }),
  )
  const transforms: Transforms = {
    camera_model: cameras.some(([, c]) => c.ok && c.model === 'OPENCV_FISHEYE') ? 'OPENCV_FISHEYE' : 'OPENCV',
    ...shared,
    note: NOTE,
    applied_transform: [
      [1, 0, 0, 0],
      [0, 1, 0, 0],
      [0, 0, 1, 0],
    ],
    ...(options.plyPath === undefined ? {} : { ply_file_path: options.plyPath }),
    frames,
  }
  return new TextEncoder().encode(`${rowsOnOneLine(JSON.stringify(transforms, undefined, 1))}\n`)
}

/** Each row of a matrix on a line of its own. JSON strings hold no line breaks, so nothing else can match. */
function rowsOnOneLine(json: string): string {
  return json.replace(/\[\n\s*(-?\d[^[\]{}"]*?)\n\s*\]/g, (_, numbers: string) => `[${numbers.replace(/\s+/g, ' ')}]`)
}

function intrinsicsOf(camera: NerfstudioCamera): NerfstudioIntrinsics {
  if (!camera.ok) throw new EpipoleError('unsupported', camera.verdict.text, { ...camera.verdict })
  return camera.intrinsics
}

function usedCameras({ cameras, images }: Reconstruction) {
  const used = new Set([...images.values()].map((image) => image.cameraId))
  return byId(cameras).filter(([id]) => used.has(id))
}

/** Columns: the camera's right, up and back in the world, and its centre. */
function worldFromOpenGlCamera(camFromWorld: Rigid): number[][] {
  const { R } = camFromWorld
  const C = cameraCenter(camFromWorld)
  return [0, 1, 2].map((k) => [R[k], negate(R[3 + k]), negate(R[6 + k]), C[k]]).concat([[0, 0, 0, 1]])
}

/** Without a negative zero, which JSON would lose. */
function negate(value: number): number {
  return value === 0 ? 0 : -value
}
