import { EpipoleError } from '@epipole/core'
import { type Camera, camera, mat3Multiply } from '@epipole/geometry'
import { describe, expect, test } from 'vitest'
import type { Reconstruction } from '../scene/reconstruction.js'
import { syntheticReconstruction } from '../scene/synthetic.js'
import { nerfstudioVerdict, writeNerfstudio } from './nerfstudio.js'

interface Read {
  readonly camera_model: string
  readonly applied_transform: number[][]
  readonly ply_file_path?: string
  readonly frames: { file_path: string; transform_matrix: number[][] }[]
  readonly [intrinsic: string]: unknown
}

const parse = (bytes: Uint8Array) => JSON.parse(new TextDecoder().decode(bytes)) as Read

/**
 * The pixel of a world point as nerfstudio sees it, written from its own conventions: camera-to-world with x right, y up, z back;
 * per-frame intrinsics override the file's; perspective lenses with k1–k4, p1, p2, fisheyes with k1–k4 over the angle.
 */
function projectAsNerfstudio(file: Read, frameIndex: number, world: ArrayLike<number>): [number, number] {
  const frame = file.frames[frameIndex] as Record<string, unknown> & Read['frames'][number]
  const number = (name: string) => Number(name in frame ? frame[name] : (file[name] ?? 0))
  const m = frame.transform_matrix
  const d = [0, 1, 2].map((r) => world[r] - m[r][3])
  const inCamera = [0, 1, 2].map((c) => m[0][c] * d[0] + m[1][c] * d[1] + m[2][c] * d[2])
  const x = inCamera[0] / -inCamera[2]
  const y = -inCamera[1] / -inCamera[2]
  let scale: number
  let tangential = [0, 0]
  const [k1, k2, k3, k4, p1, p2] = ['k1', 'k2', 'k3', 'k4', 'p1', 'p2'].map(number)
  if (file.camera_model === 'OPENCV_FISHEYE') {
    const r = Math.hypot(x, y)
    const a = Math.atan(r)
    scale = (a * (1 + k1 * a ** 2 + k2 * a ** 4 + k3 * a ** 6 + k4 * a ** 8)) / r
  } else {
    const r2 = x * x + y * y
    scale = 1 + k1 * r2 + k2 * r2 ** 2 + k3 * r2 ** 3 + k4 * r2 ** 4
    tangential = [2 * p1 * x * y + p2 * (r2 + 2 * x * x), 2 * p2 * x * y + p1 * (r2 + 2 * y * y)]
  }
  return [
    number('fl_x') * (x * scale + tangential[0]) + number('cx'),
    number('fl_y') * (y * scale + tangential[1]) + number('cy'),
  ]
}

/** The largest distance in pixels between the keypoints and what nerfstudio makes of their points. */
function worstReprojection(model: Reconstruction, file: Read): number {
  let worst = 0
  let observations = 0
  for (const image of model.images.values()) {
    const frame = file.frames.findIndex((f) => f.file_path === `images/${image.name}`)
    image.pointIds.forEach((id, k) => {
      const point = model.points.get(id)
      if (point === undefined) return
      const [x, y] = projectAsNerfstudio(file, frame, point.xyz)
      worst = Math.max(worst, Math.hypot(x - image.keypoints[2 * k], y - image.keypoints[2 * k + 1]))
      observations++
    })
  }
  expect(observations).toBeGreaterThan(50)
  return worst
}

const expressible: Camera[] = [
  camera('SIMPLE_PINHOLE', 640, 480, [600, 322, 239]),
  camera('PINHOLE', 640, 480, [600, 610, 322, 239]),
  camera('SIMPLE_RADIAL', 640, 480, [600, 322, 239, -0.1]),
  camera('RADIAL', 640, 480, [600, 322, 239, -0.1, 0.03]),
  camera('OPENCV', 640, 480, [600, 610, 322, 239, -0.1, 0.03, 0.002, -0.001]),
  camera('FULL_OPENCV', 640, 480, [600, 610, 322, 239, -0.1, 0.03, 0.002, -0.001, 0.01, 0, 0, 0]),
  camera('FOV', 640, 480, [600, 610, 322, 239, 0]),
  camera('SIMPLE_RADIAL_FISHEYE', 640, 480, [600, 322, 239, -0.1]),
  camera('RADIAL_FISHEYE', 640, 480, [600, 322, 239, -0.1, 0.03]),
  camera('OPENCV_FISHEYE', 640, 480, [600, 610, 322, 239, -0.1, 0.03, 0.02, -0.01]),
  camera('THIN_PRISM_FISHEYE', 640, 480, [600, 610, 322, 239, -0.1, 0.03, 0, 0, 0.01, 0.005, 0, 0]),
]

describe('a reader of nerfstudio’s convention reprojects our points exactly', () => {
  for (const lens of expressible) {
    test(lens.model, () => {
      const model = syntheticReconstruction({ cameras: [lens], name: (i) => `ü ${i}/Foto (${i}).jpg` })
      const file = parse(writeNerfstudio(model))
      expect(worstReprojection(model, file)).toBeLessThan(1e-9)
      expect(file.frames.every((f) => !('fl_x' in f))).toBe(true)
      expect(file.w).toBe(640)
    })
  }

  test('several cameras: intrinsics with each frame, none with the file', () => {
    const model = syntheticReconstruction({ cameras: [expressible[1], expressible[4]] })
    const file = parse(writeNerfstudio(model))
    expect(worstReprojection(model, file)).toBeLessThan(1e-9)
    for (const name of ['fl_x', 'fl_y', 'cx', 'cy', 'w', 'h', 'k1', 'k2', 'k3', 'k4', 'p1', 'p2']) {
      expect(name in file).toBe(false)
      expect(file.frames.every((frame) => name in frame)).toBe(true)
    }
  })
})

test('poses are rotations with a last row of 0 0 0 1, in the model’s own world', () => {
  const file = parse(
    writeNerfstudio(syntheticReconstruction(), { plyPath: 'points.ply', photoPath: (n) => `../p/${n}` }),
  )
  expect(file.applied_transform).toEqual([[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]]) // biome-ignore format: a matrix
  expect(file.ply_file_path).toBe('points.ply')
  expect(file.frames.map((f) => f.file_path)[0]).toBe('../p/photo001.jpg')
  for (const { transform_matrix: m } of file.frames) {
    expect(m[3]).toEqual([0, 0, 0, 1])
    const R = m.slice(0, 3).flatMap((row) => row.slice(0, 3))
    const transposed = [0, 1, 2].flatMap((c) => [R[c], R[3 + c], R[6 + c]])
    mat3Multiply(R, transposed).forEach((v, k) => {
      expect(v).toBeCloseTo(k % 4 === 0 ? 1 : 0, 12)
    })
  }
})

test('a row of a matrix is a line; names that look like one are left alone', () => {
  const name = '[\n 1,\n 2\n ] [ 3 ].jpg'
  const bytes = writeNerfstudio(syntheticReconstruction({ images: 1, name: () => name }))
  expect(parse(bytes).frames[0].file_path).toBe(`images/${name}`)
  const text = new TextDecoder().decode(bytes)
  expect(text.match(/^ {2,}\[-?[\d.e-]+(, -?[\d.e-]+){3}\],?$/gm)).toHaveLength(3 + 4)
})

describe('what nerfstudio cannot express is refused with the reason', () => {
  const verdictOf = (...cameras: Camera[]) => nerfstudioVerdict(syntheticReconstruction({ cameras }))

  test('lenses without a counterpart', () => {
    expect(verdictOf(camera('FOV', 640, 480, [600, 600, 320, 240, 0.5]))).toMatchObject({
      test: 'nerfstudio-camera-model',
      value: 0.5,
      threshold: 0,
    })
    expect(verdictOf(camera('FULL_OPENCV', 640, 480, [600, 600, 320, 240, 0, 0, 0, 0, 0, 0.1, 0, 0]))?.text).toMatch(
      /^Camera 1: nerfstudio has no counterpart for k4 = 0.1 of a FULL_OPENCV camera/,
    )
    expect(
      verdictOf(camera('THIN_PRISM_FISHEYE', 640, 480, [600, 600, 320, 240, 0, 0, 0, 0, 0, 0, 1e-3, 0])),
    ).toBeDefined()
  })

  test('perspective and fisheye cameras together', () => {
    expect(verdictOf(expressible[1], expressible[9])?.test).toBe('nerfstudio-one-model')
    expect(verdictOf(expressible[1], expressible[4])).toBeUndefined()
  })

  test('a camera that no photo uses does not matter', () => {
    const model = syntheticReconstruction({ cameras: [expressible[1]] })
    model.cameras.set(9, camera('FOV', 640, 480, [600, 600, 320, 240, 0.5]))
    expect(nerfstudioVerdict(model)).toBeUndefined()
    expect(parse(writeNerfstudio(model)).fl_x).toBe(600)
  })

  test('the writer throws what the verdict says', () => {
    const model = syntheticReconstruction({ cameras: [camera('FOV', 640, 480, [600, 600, 320, 240, 0.5])] })
    expect(() => writeNerfstudio(model)).toThrow(EpipoleError)
  })
})
