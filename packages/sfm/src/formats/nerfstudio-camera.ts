import { type Camera, cameraModelInfo } from '@epipole/geometry'
import type { Verdict } from '../report/report.js'

/** Intrinsics by nerfstudio's names. Pixels; the centre of the top-left pixel is at (0.5, 0.5) there too. */
export interface NerfstudioIntrinsics {
  readonly w: number
  readonly h: number
  readonly fl_x: number
  readonly fl_y: number
  readonly cx: number
  readonly cy: number
  readonly k1: number
  readonly k2: number
  readonly k3: number
  readonly k4: number
  readonly p1: number
  readonly p2: number
}

/** The two of nerfstudio's camera models that lenses with distortion need. */
export type NerfstudioModel = 'OPENCV' | 'OPENCV_FISHEYE'

export type NerfstudioCamera =
  | { readonly ok: true; readonly model: NerfstudioModel; readonly intrinsics: NerfstudioIntrinsics }
  | { readonly ok: false; readonly verdict: Verdict }

/**
 * A camera in nerfstudio's terms, or why there is none. nerfstudio's perspective lens is the radial polynomial with k1–k4 and
 * the tangential p1, p2; its fisheye is the angle's polynomial with k1–k4. So all of COLMAP's models with those fit, and a
 * FULL_OPENCV whose denominator (k4, k5, k6) and a THIN_PRISM_FISHEYE whose tangential and prism terms are zero; an FOV lens does
 * only with ω = 0.
 */
export function nerfstudioCamera(camera: Camera): NerfstudioCamera {
  const info = cameraModelInfo(camera.model)
  const param = new Map(info.paramNames.map((name, i) => [name, camera.params[i]]))
  const get = (name: string) => param.get(name) ?? 0
  for (const name of inexpressible[camera.model] ?? []) {
    if (get(name) !== 0) return { ok: false, verdict: refusal(camera, name, get(name)) }
  }
  const focal = get('f')
  const coefficients = { k1: get('k1') + get('k'), k2: get('k2'), k3: get('k3'), k4: info.fisheye ? get('k4') : 0 }
  const intrinsics = {
    w: camera.width,
    h: camera.height,
    fl_x: focal === 0 ? get('fx') : focal,
    fl_y: focal === 0 ? get('fy') : focal,
    cx: get('cx'),
    cy: get('cy'),
    ...coefficients,
    p1: get('p1'),
    p2: get('p2'),
  }
  return { ok: true, model: info.fisheye ? 'OPENCV_FISHEYE' : 'OPENCV', intrinsics }
}

/** Parameters that nerfstudio has no counterpart for, by model. */
const inexpressible: { readonly [model in Camera['model']]?: readonly string[] } = {
  FULL_OPENCV: ['k4', 'k5', 'k6'],
  FOV: ['omega'],
  THIN_PRISM_FISHEYE: ['p1', 'p2', 'sx1', 'sy1'],
}

function refusal(camera: Camera, name: string, value: number): Verdict {
  return {
    test: 'nerfstudio-camera-model',
    value,
    threshold: 0,
    unit: '',
    text: `nerfstudio has no counterpart for ${name} = ${value} of a ${camera.model} camera; undistort the photos or use the COLMAP model.`,
  }
}
