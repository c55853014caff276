import { type Camera, camera, cameraModels, poseFromCenter } from '@epipole/geometry'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { NO_POINT, type Reconstruction, type ReconstructionImage } from '../../scene/reconstruction.js'
import { readColmapModel } from './read-model.js'
import type { ColmapFiles } from './table.js'
import { writeColmapBinary } from './write-binary.js'
import { writeColmapText } from './write-text.js'

const finite = fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e9, max: 1e9 })
const anyFinite = fc.double({ noNaN: true, noDefaultInfinity: true })
const id = fc.oneof(fc.integer({ min: 0, max: 50 }), fc.integer({ min: 0, max: 0x7fffffff }))
/** Blanks, slashes, umlauts, emoji; no line breaks, which a text model cannot hold. */
const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }).filter((s) => !/[\0\n\r]|^\uFEFF/.test(s))

const anyCamera: fc.Arbitrary<Camera> = fc
  .constantFrom(...cameraModels)
  .chain((info) =>
    fc
      .tuple(
        fc.integer({ min: 1, max: 1e5 }),
        fc.integer({ min: 1, max: 1e5 }),
        fc.tuple(
          ...info.paramNames.map((_, i) =>
            info.focalParams.includes(i) ? fc.double({ noNaN: true, min: 1e-3, max: 1e6 }) : anyFinite,
          ),
        ),
      )
      .map(([width, height, params]) => camera(info.name, width, height, params)),
  )

const pose = fc
  .tuple(fc.array(fc.double({ noNaN: true, min: -1, max: 1 }), { minLength: 4, maxLength: 4 }), finite, finite, finite)
  .filter(([q]) => q.some((c) => Math.abs(c) > 0.01))
  .map(([q, x, y, z]) => poseFromCenter(q, [x, y, z]))

/** A consistent model: points with random tracks over random keypoints. */
const anyModel: fc.Arbitrary<Reconstruction> = fc
  .record({
    cameras: fc.uniqueArray(fc.tuple(id, anyCamera), { minLength: 1, maxLength: 3, selector: ([i]) => i }),
    images: fc.uniqueArray(
      fc.record({
        id,
        name,
        pose,
        camera: fc.nat(),
        keypoints: fc.array(fc.tuple(anyFinite, anyFinite, fc.nat({ max: 5 })), { maxLength: 8 }),
      }),
      { maxLength: 4, comparator: (a, b) => a.id === b.id || a.name === b.name },
    ),
    points: fc.uniqueArray(
      fc.record({
        id,
        xyz: fc.tuple(anyFinite, anyFinite, anyFinite),
        rgb: fc.tuple(fc.nat({ max: 255 }), fc.nat({ max: 255 }), fc.nat({ max: 255 })),
        error: anyFinite,
      }),
      { maxLength: 5, selector: (p) => p.id },
    ),
  })
  .map(({ cameras, images, points }) => {
    const tracks = points.map((): number[] => [])
    const imageOf = (image: (typeof images)[number]): ReconstructionImage => {
      const pointIds = image.keypoints.map(([, , choice], k) => {
        const point = points[choice]
        if (point === undefined) return NO_POINT
        tracks[choice].push(image.id, k)
        return point.id
      })
      return {
        name: image.name,
        cameraId: cameras[image.camera % cameras.length][0],
        camFromWorld: image.pose,
        keypoints: Float64Array.from(image.keypoints.flatMap(([x, y, _choice]) => [x, y])),
        pointIds: Int32Array.from(pointIds),
      }
    }
    const views = new Map(images.map((image) => [image.id, imageOf(image)]))
    const world = points.map(({ id, xyz, rgb, error }, i) => {
      const point = { xyz: Float64Array.from(xyz), rgb, error, track: Int32Array.from(tracks[i]) }
      return [id, point] as const
    })
    return { cameras: new Map(cameras), images: views, points: new Map(world) }
  })

const writers = { binary: writeColmapBinary, text: writeColmapText }

/** Everything exact but the rotation, which goes through a quaternion. */
function expectSame(read: Reconstruction, model: Reconstruction): void {
  expect(new Map([...read.cameras].sort())).toEqual(new Map([...model.cameras].sort()))
  expect(new Map([...read.points].sort())).toEqual(new Map([...model.points].sort()))
  expect(read.images.size).toBe(model.images.size)
  for (const [id, image] of model.images) {
    const { camFromWorld, ...rest } = read.images.get(id) as ReconstructionImage
    const { camFromWorld: expected, ...expectedRest } = image
    expect(rest).toEqual(expectedRest)
    expect(camFromWorld.t).toEqual(expected.t)
    for (let k = 0; k < 9; k++) expect(Math.abs(camFromWorld.R[k] - expected.R[k])).toBeLessThan(4e-15)
  }
}

for (const kind of ['binary', 'text'] as const) {
  test(`${kind}: what is written is read back`, () => {
    fc.assert(fc.property(anyModel, (model) => expectSame(readColmapModel(writers[kind](model)), model)))
  })

  test(`${kind}: bytes do not depend on the order of insertion`, () => {
    fc.assert(
      fc.property(anyModel, (model) => {
        const reversed: Reconstruction = {
          cameras: new Map([...model.cameras].reverse()),
          images: new Map([...model.images].reverse()),
          points: new Map([...model.points].reverse()),
        }
        expect(writers[kind](reversed)).toEqual(writers[kind](model))
      }),
      { numRuns: 50 },
    )
  })
}

test('text and binary hold the same, and files of both may be mixed', () => {
  fc.assert(
    fc.property(anyModel, (model) => {
      const [binary, text] = [writeColmapBinary(model), writeColmapText(model)]
      const mixed: ColmapFiles = { cameras: text.cameras, images: binary.images, points3D: text.points3D }
      expect(readColmapModel(text)).toEqual(readColmapModel(binary))
      expect(readColmapModel(mixed)).toEqual(readColmapModel(binary))
    }),
    { numRuns: 50 },
  )
})
