/** `transforms.json` as nerfstudio reads it: written from its documents, not from our writer. */
export interface Transforms {
  readonly camera_model: string
  readonly frames: readonly Frame[]
  readonly [intrinsic: string]: unknown
}

export interface Frame {
  readonly file_path: string
  /** Camera-to-world, 4 × 4, camera axes x right, y up, z back. */
  readonly transform_matrix: readonly (readonly number[])[]
  readonly [intrinsic: string]: unknown
}

export function readTransforms(json: string): Transforms {
  return JSON.parse(json) as Transforms
}

/** A frame's own number, else the file's, else 0. */
export function frameNumber(file: Transforms, frame: Frame, name: string): number {
  return Number(frame[name] ?? file[name] ?? 0)
}

/** The pixel where a perspective frame sees a world point (centre of the first pixel: 0.5, 0.5). */
export function projectAsNerfstudio(file: Transforms, frame: Frame, world: ArrayLike<number>): [number, number] {
  if (file.camera_model !== 'OPENCV') throw new Error(`no reader for ${file.camera_model}`)
  const [k1, k2, k3, k4, p1, p2, fx, fy, cx, cy] = (
    ['k1', 'k2', 'k3', 'k4', 'p1', 'p2', 'fl_x', 'fl_y', 'cx', 'cy'] as const
  ).map((name) => frameNumber(file, frame, name)) as [
    ...[number, number, number, number, number],
    ...[number, number, number, number, number],
  ]
  const m = frame.transform_matrix as number[][]
  const d = [0, 1, 2].map((r) => world[r]! - m[r]![3]!)
  const [right, up, back] = [0, 1, 2].map((c) => m[0]![c]! * d[0]! + m[1]![c]! * d[1]! + m[2]![c]! * d[2]!)
  const x = right! / -back!
  const y = -up! / -back!
  const r2 = x * x + y * y
  const radial = 1 + k1 * r2 + k2 * r2 ** 2 + k3 * r2 ** 3 + k4 * r2 ** 4
  return [
    fx * (x * radial + 2 * p1 * x * y + p2 * (r2 + 2 * x * x)) + cx,
    fy * (y * radial + 2 * p2 * x * y + p1 * (r2 + 2 * y * y)) + cy,
  ]
}
