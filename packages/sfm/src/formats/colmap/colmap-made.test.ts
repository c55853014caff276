import { expect, test } from 'vitest'
import type { Reconstruction } from '../../scene/reconstruction.js'
import { readColmapModel } from './read-model.js'
import type { ColmapFiles } from './table.js'
import { writeColmapBinary } from './write-binary.js'

// COLMAP 3.8: colmap model_converter --input_path text --output_path bin --output_type BIN
// of the three texts below; base64 -w0 bin/cameras.bin (and so on).
const CAMERAS_TXT = `1 SIMPLE_RADIAL 640 480 500.25 320 240 -0.0625
7 OPENCV_FISHEYE 1000 800 450 451 500.5 400.5 0.01 -0.002 0.0003 -0.00004
`
const IMAGES_TXT = `2 0.5 -0.5 0.5 0.5 1.5 -2.25 3 7 später/B.jpg
10.5 20.25 4 100 200.125 -1 33.3 44.4 9

5 1 0 0 0 0 0 0 1 a.png
1 2 9 3 4 4
`
const POINTS_TXT = `4 1 2 3 255 128 0 0.5 2 0 5 1
9 -1.5 0.1 1e-3 1 2 3 -1 5 0 2 2
`
const CAMERAS_BIN =
  'AgAAAAAAAAAHAAAABQAAAOgDAAAAAAAAIAMAAAAAAAAAAAAAACB8QAAAAAAAMHxAAAAAAABIf0AAAAAAAAh5QHsUrkfheoQ//Knx0k1iYL9hMlUwKqkzP/Fo44i1+AS/AQAAAAIAAACAAgAAAAAAAOABAAAAAAAAAAAAAABEf0AAAAAAAAB0QAAAAAAAAG5AAAAAAAAAsL8='
const IMAGES_BIN =
  'AgAAAAAAAAAFAAAAAAAAAAAA8D8AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAABAAAAYS5wbmcAAgAAAAAAAAAAAAAAAADwPwAAAAAAAABACQAAAAAAAAAAAAAAAAAIQAAAAAAAABBABAAAAAAAAAACAAAAAAAAAAAA4D8AAAAAAADgvwAAAAAAAOA/AAAAAAAA4D8AAAAAAAD4PwAAAAAAAALAAAAAAAAACEAHAAAAc3DDpHRlci9CLmpwZwADAAAAAAAAAAAAAAAAACVAAAAAAABANEAEAAAAAAAAAAAAAAAAAFlAAAAAAAAEaUD//////////2ZmZmZmpkBAMzMzMzMzRkAJAAAAAAAAAA=='
const POINTS_BIN =
  'AgAAAAAAAAAJAAAAAAAAAAAAAAAAAPi/mpmZmZmZuT/8qfHSTWJQPwECAwAAAAAAAPC/AgAAAAAAAAAFAAAAAAAAAAIAAAACAAAABAAAAAAAAAAAAAAAAADwPwAAAAAAAABAAAAAAAAACED/gAAAAAAAAADgPwIAAAAAAAAAAgAAAAAAAAAFAAAAAQAAAA=='
// What COLMAP writes back with --output_type TXT: headers, seventeen digits.
const COLMAP_CAMERAS_TXT = `# Camera list with one line of data per camera:
#   CAMERA_ID, MODEL, WIDTH, HEIGHT, PARAMS[]
# Number of cameras: 2
1 SIMPLE_RADIAL 640 480 500.25 320 240 -0.0625
7 OPENCV_FISHEYE 1000 800 450 451 500.5 400.5 0.01 -0.002 0.00029999999999999997 -4.0000000000000003e-05
`

const bytes = (text: string) => new TextEncoder().encode(text)
const decode = (base64: string) => Uint8Array.from(Buffer.from(base64, 'base64'))
const text: ColmapFiles = { cameras: bytes(CAMERAS_TXT), images: bytes(IMAGES_TXT), points3D: bytes(POINTS_TXT) }
const binary: ColmapFiles = { cameras: decode(CAMERAS_BIN), images: decode(IMAGES_BIN), points3D: decode(POINTS_BIN) }

const expected: Reconstruction = {
  cameras: new Map([
    [1, { model: 'SIMPLE_RADIAL', width: 640, height: 480, params: [500.25, 320, 240, -0.0625] }],
    [
      7,
      {
        model: 'OPENCV_FISHEYE',
        width: 1000,
        height: 800,
        params: [450, 451, 500.5, 400.5, 0.01, -0.002, 0.0003, -0.00004],
      },
    ],
  ]),
  images: new Map([
    [
      2,
      {
        name: 'später/B.jpg',
        cameraId: 7,
        // R(q) of q = (w, x, y, z) = (½, −½, ½, ½), by hand.
        camFromWorld: { R: Float64Array.of(0, -1, 0, 0, 0, 1, -1, 0, 0), t: Float64Array.of(1.5, -2.25, 3) },
        keypoints: Float64Array.of(10.5, 20.25, 100, 200.125, 33.3, 44.4),
        pointIds: Int32Array.of(4, -1, 9),
      },
    ],
    [
      5,
      {
        name: 'a.png',
        cameraId: 1,
        camFromWorld: { R: Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1), t: new Float64Array(3) },
        keypoints: Float64Array.of(1, 2, 3, 4),
        pointIds: Int32Array.of(9, 4),
      },
    ],
  ]),
  points: new Map([
    [4, { xyz: Float64Array.of(1, 2, 3), rgb: [255, 128, 0], error: 0.5, track: Int32Array.of(2, 0, 5, 1) }],
    [9, { xyz: Float64Array.of(-1.5, 0.1, 0.001), rgb: [1, 2, 3], error: -1, track: Int32Array.of(5, 0, 2, 2) }],
  ]),
}

test("COLMAP's binary model is read", () => {
  expect(readColmapModel(binary)).toEqual(expected)
})

test('the text it was made from holds the same', () => {
  expect(readColmapModel(text)).toEqual(expected)
})

test("COLMAP's own text form is read", () => {
  expect(readColmapModel({ ...text, cameras: bytes(COLMAP_CAMERAS_TXT) })).toEqual(expected)
})

test('text may have a byte order mark, Windows line ends and no last line break', () => {
  const windows = (s: string) => bytes(`\uFEFF${s.trimEnd().replaceAll('\n', '\r\n')}`)
  expect(
    readColmapModel({ cameras: windows(CAMERAS_TXT), images: windows(IMAGES_TXT), points3D: windows(POINTS_TXT) }),
  ).toEqual(expected)
})

test("our binary differs from COLMAP's only in the order of records", () => {
  const ours = writeColmapBinary(readColmapModel(binary))
  for (const file of ['cameras', 'images', 'points3D'] as const) {
    expect([...ours[file]].sort()).toEqual([...binary[file]].sort())
  }
})
