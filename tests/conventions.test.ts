import { bruteForceMatcher, siftExtractor } from '@epipole/features'
import {
  calibrationMatrix,
  cameraCenter,
  compose,
  essentialEightPoint,
  essentialFromPose,
  fundamentalEightPoint,
  mat3Apply,
  mat3Inverse,
  mat3Multiply,
  mat3Transpose,
  pinhole,
  pixelFromPoint,
  poseFromCenter,
  quaternionFromAxisAngle,
  quaternionMultiply,
  type Rigid,
  relativePose,
  rigid,
  rotationFromQuaternion,
  scaleCamera,
  transformPoint,
  triangulate,
} from '@epipole/geometry'
import { syntheticReconstruction, writeColmapText, writeNerfstudio } from '@epipole/sfm'
import { expect, test } from 'vitest'

// The written conventions, each pinned once, through the public entries alone. ARCHITECTURE.md refers to these by name.

const camera = pinhole({ f: 500, cx: 320, cy: 240 })
const pixelOf = (point: number[]) => {
  const seen = pixelFromPoint(camera, point)
  return seen.ok ? [seen.x, seen.y] : seen.reason
}
/** Some rotation without symmetry. */
const turned = rotationFromQuaternion(quaternionFromAxisAngle([1, -2, 3], 0.7))
const near = (values: ArrayLike<number>, precision = 12) =>
  Array.from(values, (v) => expect.closeTo(v, precision) as number)

test('camera frame: x right, y down, z forward', () => {
  expect(pixelOf([0, 0, 2])).toEqual([320, 240])
  expect(pixelOf([0.2, 0, 2])).toEqual([370, 240])
  expect(pixelOf([0, 0.2, 2])).toEqual([320, 290])
  expect(pixelOf([0, 0, -2])).toBe('behind')
})

test('world to camera: pointInCam = R · pointInWorld + t, with R row-major', () => {
  const quarterTurnAboutZ = [0, -1, 0, 1, 0, 0, 0, 0, 1]
  const camFromWorld = rigid(quarterTurnAboutZ, [10, 20, 30])
  expect([...transformPoint(camFromWorld, [1, 2, 3])]).toEqual([10 - 2, 20 + 1, 30 + 3])
})

test('transforms are named target-from-source; chains compose when adjacent names match', () => {
  const bFromA = rigid(turned, [1, 2, 3])
  const cFromB = rigid(mat3Transpose(turned), [-4, 5, 0.5])
  const pointInA = [0.3, -0.2, 7]
  const pointInC = transformPoint(cFromB, transformPoint(bFromA, pointInA))
  expect([...transformPoint(compose(cFromB, bFromA), pointInA)]).toEqual(near(pointInC))
  const cam2FromCam1 = relativePose(bFromA, cFromB)
  expect([...transformPoint(cam2FromCam1, transformPoint(bFromA, pointInA))]).toEqual(
    near(transformPoint(cFromB, pointInA)),
  )
})

test('R_c (camera axes in the world) and C (centre): R = R_cᵀ, t = −R_cᵀ C', () => {
  const axes = turned
  const C = [3, -1, 2]
  const camFromWorld = poseFromCenter(mat3Transpose(axes), C)
  expect([...cameraCenter(camFromWorld)]).toEqual(near(C))
  expect([...camFromWorld.t]).toEqual(near(mat3Apply(mat3Transpose(axes), C).map((v) => -v)))
  // A point one unit ahead of the camera, along the third column of R_c, is at (0, 0, 1) in its frame.
  const ahead = C.map((c, i) => c + (axes[3 * i + 2] as number))
  expect([...transformPoint(camFromWorld, ahead)]).toEqual(near([0, 0, 1]))
})

test('pixels: the centre of the top-left pixel is (0.5, 0.5), so lengths scale about the image corner', () => {
  const half = scaleCamera(pinhole({ f: 500, cx: 320.25, cy: 240.5, width: 640, height: 480 }), 320, 240)
  expect([...calibrationMatrix(half)]).toEqual([250, 0, 160.125, 0, 250, 120.25, 0, 0, 1])
})

test('pixels: features put a blob on the pixel of row 30, column 40 at (40.5, 30.5)', async () => {
  const [width, height] = [81, 61]
  const data = new Uint8Array(width * height).fill(40)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++)
      data[y * width + x]! += Math.round(200 * Math.exp(-((x - 40) ** 2 + (y - 30) ** 2) / 32))
  }
  const { count, keypoints } = await siftExtractor().extract({ width, height, data })
  expect(count).toBeGreaterThan(0)
  const [x, y] = keypoints as unknown as [number, number]
  expect(Math.max(Math.abs(x - 40.5), Math.abs(y - 30.5))).toBeLessThan(0.02)
  // The same image at half the photo's size: pixels are those of the full-size photo.
  const scaled = await siftExtractor().extract({ width, height, data }, 2)
  expect([...scaled.keypoints.subarray(0, 2)]).toEqual([2 * x, 2 * y])
})

test('K = [[fx, s, cx], [0, fy, cy], [0, 0, 1]], row-major', () => {
  const K = calibrationMatrix(pinhole({ fx: 2, fy: 3, cx: 5, cy: 7 }))
  expect([...K]).toEqual([2, 0, 5, 0, 3, 7, 0, 0, 1])
})

test('quaternions are Hamilton, stored (w, x, y, z)', () => {
  const [i, j, k] = [
    [0, 1, 0, 0],
    [0, 0, 1, 0],
    [0, 0, 0, 1],
  ] as const
  // Hamilton: i j = k. (JPL: i j = −k.)
  expect([...quaternionMultiply(i, j)]).toEqual([...k])
  const quarterTurnAboutZ = [Math.SQRT1_2, 0, 0, Math.SQRT1_2]
  expect([...mat3Apply(rotationFromQuaternion(quarterTurnAboutZ), [1, 0, 0])]).toEqual(near([0, 1, 0]))
})

/** Twelve points seen by two cameras: normalised coordinates and pixels of both, and the motion between them. */
function twoViews() {
  const cam2FromCam1 = rigid(rotationFromQuaternion(quaternionFromAxisAngle([1, 4, -2], 0.3)), [-1, 0.2, 0.1])
  const camera2 = pinhole({ f: 700, cx: 400, cy: 310 })
  const [xy1, xy2, px1, px2] = [[], [], [], []] as number[][] as [number[], number[], number[], number[]]
  for (let n = 0; n < 12; n++) {
    const point1 = [((n * 7) % 5) - 2, ((n * 3) % 7) / 2 - 1.5, 5 + ((n * 5) % 11) / 3]
    const point2 = transformPoint(cam2FromCam1, point1)
    for (const [view, p, xy, px] of [
      [camera, point1, xy1, px1],
      [camera2, point2, xy2, px2],
    ] as const) {
      const seen = pixelFromPoint(view, p)
      if (!seen.ok) throw new Error(seen.reason)
      xy.push(p[0]! / p[2]!, p[1]! / p[2]!)
      px.push(seen.x, seen.y)
    }
  }
  return { cam2FromCam1, camera2, xy1, xy2, px1, px2, all: Int32Array.from({ length: 12 }, (_, n) => n) }
}

/** max |x2ᵀ M x1|. */
function bilinear(M: Float64Array, xy1: number[], xy2: number[]): number {
  let worst = 0
  for (let n = 0; n < xy1.length; n += 2) {
    const [a, b, c] = mat3Apply(M, [xy1[n]!, xy1[n + 1]!, 1]) as unknown as [number, number, number]
    worst = Math.max(worst, Math.abs(xy2[n]! * a + xy2[n + 1]! * b + c))
  }
  return worst
}

/** Scaled to unit norm, sign fixed by the largest element. */
function normal(M: Float64Array): number[] {
  const largest = M.reduce((a, b) => (Math.abs(b) > Math.abs(a) ? b : a), 0)
  const norm = Math.sqrt(M.reduce((sum, v) => sum + v * v, 0)) * Math.sign(largest)
  return Array.from(M, (v) => v / norm)
}

test('relative pose: x2ᵀ E x1 = 0 with E = [t]ₓ R of cam2FromCam1, and not Eᵀ', () => {
  const { cam2FromCam1, xy1, xy2, all } = twoViews()
  const E = essentialFromPose(cam2FromCam1)
  expect(bilinear(E, xy1, xy2)).toBeLessThan(1e-14)
  expect(bilinear(mat3Transpose(E), xy1, xy2)).toBeGreaterThan(0.05)
  // The linear solver agrees: a row of its system is x2 ⊗ x1.
  const solved = new Float64Array(9)
  expect(essentialEightPoint(Float64Array.from(xy1), Float64Array.from(xy2), all, solved)).toBe(1)
  expect(normal(solved)).toEqual(near(normal(E), 10))
})

test('F = K2⁻ᵀ E K1⁻¹, so x2ᵀ F x1 = 0 in pixels and E = K2ᵀ F K1', () => {
  const { cam2FromCam1, camera2, px1, px2, all } = twoViews()
  const E = essentialFromPose(cam2FromCam1)
  const [K1, K2] = [calibrationMatrix(camera), calibrationMatrix(camera2)]
  const inverse = (K: Float64Array) => mat3Inverse(K) as Float64Array
  const F = mat3Multiply(mat3Transpose(inverse(K2)), mat3Multiply(E, inverse(K1)))
  expect(bilinear(F, px1, px2)).toBeLessThan(1e-12)
  expect([...mat3Multiply(mat3Transpose(K2), mat3Multiply(F, K1))]).toEqual(near(E))
  const solved = new Float64Array(9)
  expect(fundamentalEightPoint(Float64Array.from(px1), Float64Array.from(px2), all, solved)).toBe(1)
  expect(normal(solved)).toEqual(near(normal(F), 8))
})

test('triangulation answers in the world of both poses', () => {
  const { cam2FromCam1, xy1, xy2 } = twoViews()
  const cam1FromWorld: Rigid = rigid(turned, [0.5, 0.25, -1])
  const found = triangulate(cam1FromWorld, compose(cam2FromCam1, cam1FromWorld), xy1, xy2, 3)
  if (!found.ok) throw new Error(found.reason)
  const [x, y, z] = transformPoint(cam1FromWorld, found.point) as unknown as [number, number, number]
  expect([x / z, y / z]).toEqual(near([xy1[6]!, xy1[7]!], 9))
})

test('COLMAP: quaternion w x y z and translation are those of camFromWorld', () => {
  const model = syntheticReconstruction({ images: 2 })
  const text = new TextDecoder().decode(writeColmapText(model).images)
  for (const [id, { camFromWorld, name }] of model.images) {
    const line = text.split('\n').find((l) => l.startsWith(`${id} `) && l.endsWith(name)) as string
    const [w, x, y, z, ...t] = line.split(' ').slice(1, 8).map(Number) as [number, number, number, number]
    expect([...rotationFromQuaternion([w, x, y, z])]).toEqual(near(camFromWorld.R))
    expect(t).toEqual([...camFromWorld.t])
  }
})

test('nerfstudio: world-from-camera with y up and z back', () => {
  const model = syntheticReconstruction({ images: 3 })
  const { frames } = JSON.parse(new TextDecoder().decode(writeNerfstudio(model))) as {
    frames: { file_path: string; transform_matrix: number[][] }[]
  }
  for (const { camFromWorld, name } of model.images.values()) {
    const { transform_matrix: M } = frames.find((f) => f.file_path.endsWith(name)) as (typeof frames)[0]
    expect([0, 1, 2].map((i) => M[i]![3]!)).toEqual(near(cameraCenter(camFromWorld), 9))
    // Our frame's axes in the world are the rows of R; theirs has y and z turned round.
    for (const [column, sign] of [1, -1, -1].entries()) {
      expect([0, 1, 2].map((i) => M[i]![column]!)).toEqual(
        near(
          [0, 1, 2].map((i) => sign * camFromWorld.R[3 * column + i]!),
          9,
        ),
      )
    }
  }
})

test('matches are index pairs (i1, i2), ascending in i1', async () => {
  const [width, height] = [200, 150]
  const image = (dx: number) => {
    const data = new Uint8Array(width * height).fill(90)
    for (const [n, [bx, by]] of [
      [40, 40],
      [90, 60],
      [60, 110],
      [130, 100],
    ].entries()) {
      for (let y = 0; y < height; y++) {
        for (let x = 0; x < width; x++) {
          const r2 = ((x - bx! - dx) / (1 + n / 3)) ** 2 + (y - by!) ** 2
          data[y * width + x]! += Math.round(120 * Math.exp(-r2 / (20 + 15 * n)))
        }
      }
    }
    return { width, height, data }
  }
  const sift = siftExtractor()
  const [a, b] = [await sift.extract(image(0)), await sift.extract(image(9))]
  const matches = await bruteForceMatcher().match(a, b)
  expect(matches.length).toBeGreaterThan(0)
  for (let m = 0; m < matches.length; m += 2) {
    if (m > 0) expect(matches[m]).toBeGreaterThan(matches[m - 2]!)
    const [i, j] = [4 * matches[m]!, 4 * matches[m + 1]!]
    expect(b.keypoints[j]! - a.keypoints[i]!).toBeCloseTo(9, 0)
    expect(b.keypoints[j + 1]! - a.keypoints[i + 1]!).toBeCloseTo(0, 0)
  }
})
