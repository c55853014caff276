import { EpipoleError } from '@epipole/core'
import { type CameraModel, cameraModelInfo, cameraModels } from '@epipole/geometry'
import type { Intrinsics } from '../stages/initial-cameras.js'

/** Intrinsics that a person gave, with the size of the photos they are for where they say it. */
export interface GivenIntrinsics extends Intrinsics {
  readonly size?: { readonly width: number; readonly height: number }
}

/** "fx,fy,cx,cy" in pixels; undefined where the text has another shape (then it is a file's name). */
export function parseIntrinsicsList(text: string): GivenIntrinsics | undefined {
  const parts = text.split(',').map((part) => part.trim())
  if (parts.length !== 4 || parts.some((part) => part === '' || !Number.isFinite(Number(part)))) return undefined
  const [fx, fy, cx, cy] = parts.map(Number) as [number, number, number, number]
  return checked({ fx, fy, cx, cy }, text)
}

/**
 * A file's intrinsics: a 3 × 3 matrix `fx s cx / 0 fy cy / 0 0 1` (numbers apart by white space, commas, brackets), or
 * COLMAP's `cameras.txt` with one camera, or several that are equal. `file` names it in errors.
 *
 * @throws EpipoleError `input` where it is neither, or has skew
 */
export function parseIntrinsicsFile(text: string, file: string): GivenIntrinsics {
  const lines = text
    .replace(/^\ufeff/, '')
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
  // A number and a word: a line of cameras.txt, whether or not the word is a model.
  if (/^\d+\s+[a-z_]\w*(\s|$)/i.test(lines[0] ?? '')) return fromCameras(lines, file)
  return fromMatrix(lines.join(' '), file)
}

function fromMatrix(text: string, file: string): GivenIntrinsics {
  const tokens = text.split(/[\s,;[\](){}]+/).filter(Boolean)
  const K = tokens.map(Number)
  const bad = tokens.find((_, i) => !Number.isFinite(K[i]))
  if (bad !== undefined) throw problem(file, `"${bad.slice(0, 40)}" is no number`)
  if (K.length !== 9) throw problem(file, `it has ${K.length} numbers, a 3 × 3 matrix has 9`)
  const [fx, skew, cx, k10, fy, cy, k20, k21, k22] = K as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  if (k10 !== 0 || k20 !== 0 || k21 !== 0 || k22 !== 1) {
    throw problem(
      file,
      'below its diagonal it must have zeros, and 1 in the corner (row by row: fx 0 cx, 0 fy cy, 0 0 1)',
    )
  }
  if (Math.abs(skew) > 1e-6 * Math.abs(fx))
    throw problem(file, `its skew is ${skew}; no camera model of COLMAP's has one`)
  return checked({ fx, fy, cx, cy }, file)
}

function fromCameras(lines: readonly string[], file: string): GivenIntrinsics {
  const cameras = lines.map((line) => fromCamera(line, file))
  const first = cameras[0]!
  if (cameras.some((camera) => JSON.stringify(camera) !== JSON.stringify(first))) {
    throw problem(file, `it has ${cameras.length} different cameras; give a file with the one that took the photos`)
  }
  return first
}

/** `CAMERA_ID MODEL WIDTH HEIGHT PARAMS[]`, in COLMAP's order; a camera without distortion is a PINHOLE camera. */
function fromCamera(line: string, file: string): GivenIntrinsics {
  const [, name = '', ...rest] = line.split(/\s+/)
  if (!cameraModels.some((model) => model.name === name))
    throw problem(
      file,
      `"${name}" is no camera model of COLMAP's; they are ${cameraModels.map((model) => model.name).join(', ')}`,
    )
  const { paramNames } = cameraModelInfo(name as CameraModel)
  const [width, height, ...params] = rest.map(Number) as [number, number, ...number[]]
  if (![width, height].every((size) => Number.isSafeInteger(size) && size > 0)) {
    throw problem(file, `${name} has no width and height`)
  }
  if (params.length !== paramNames.length || !params.every(Number.isFinite)) {
    throw problem(
      file,
      `${name} has ${params.length} parameters, it takes ${paramNames.length} (${paramNames.join(', ')})`,
    )
  }
  const value = (param: string) => params[paramNames.indexOf(param)]
  const [fx, fy] = [value('fx') ?? value('f'), value('fy') ?? value('f')] as [number, number]
  const [cx, cy] = [value('cx'), value('cy')] as [number, number]
  const lengths = new Set(['f', 'fx', 'fy', 'cx', 'cy'])
  const distorted = paramNames.some((param, i) => !lengths.has(param) && params[i] !== 0)
  const lens = distorted ? { lens: { model: name as CameraModel, params } } : {}
  return { ...checked({ fx, fy, cx, cy }, file), ...lens, size: { width, height } }
}

function checked(intrinsics: Intrinsics, where: string): Intrinsics {
  const { fx, fy, cx, cy } = intrinsics
  if (fx > 0 && fy > 0 && cx > 0 && cy > 0) return intrinsics
  throw problem(where, `fx ${fx}, fy ${fy}, cx ${cx} and cy ${cy} must all be positive, in pixels`)
}

function problem(file: string, what: string): EpipoleError {
  return new EpipoleError('input', `--intrinsics ${file}: ${what}.`, { file })
}
