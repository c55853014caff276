import { readdir } from 'node:fs/promises'
import path from 'node:path'
import { degrees, rotationAngleRad, so3Exp } from '@epipole/geometry'
import { calibrate, calibrateRigPhotos } from 'epipole'
import { openPhotoFile } from 'epipole/node'
import { describe, expect, test } from 'vitest'
import { dataFolder } from './support/data.js'

// OpenCV's own sample photos of a board of 9 × 6 inner corners. Its pixel origin is the centre of the top-left pixel: + 0.5.
//
// left.yml: left_intrinsics.yml beside the photos. Its corners are up to 6 pixels off in left02 and 3 in left13 (the file says
// 1.18 px for left02), which is what moves its focal length and centre; so does a run of the same detector on the right photos:
//   cv2.findChessboardCorners(im, (9, 6)); cv2.cornerSubPix(im, c, (11, 11), (-1, -1), (3, 30, .01)); cv2.calibrateCamera(…)
// Its newer detector (OpenCV 4.6; it misses left05) has no such corners:
//   cv2.findChessboardCornersSB(im, (9, 6), flags=CALIB_CB_ACCURACY | CALIB_CB_EXHAUSTIVE); calibrateCamera(…, CALIB_FIX_K3)
const LEFT = {
  yml: { f: [535.9157, 535.9157], c: [342.2832 + 0.5, 235.5708 + 0.5], rms: 0.408 },
  sb: { f: [532.3992, 532.3463], c: [342.4764, 233.149], rms: 0.2344 },
}
const RIGHT = { sb: { f: [534.9482, 534.3929], c: [326.8023, 248.5992], rms: 0.2354 } }

async function photosOf(side: string) {
  const folder = dataFolder('calibration')
  const names = (await readdir(folder)).filter((name) => name.startsWith(side) && name.endsWith('.jpg')).sort()
  const photos = []
  for (const name of names) photos.push(await openPhotoFile(path.join(folder, name)))
  return { name: side, photos, refused: [], ignored: [] }
}

const OPTIONS = { board: { columns: 9, rows: 6 }, square: 25 }

describe.each([
  ['left', [LEFT.yml, LEFT.sb]],
  ['right', [RIGHT.sb]],
] as const)('%s photos', (side, references) => {
  test("all boards, within 0.5 % and 1.5 px of OpenCV's camera, with a smaller error", async () => {
    const { camera, photos, rmsPx } = await calibrate(await photosOf(side), OPTIONS)
    expect(photos.filter((photo) => photo.used).length).toBe(13)
    for (const { f, c, rms } of references) {
      for (const k of [0, 1]) {
        expect(Math.abs(camera!.params[k]! / f[k]! - 1)).toBeLessThan(0.005)
        expect(Math.abs(camera!.params[2 + k]! - c[k]!)).toBeLessThan(1.5)
      }
      expect(rmsPx).toBeLessThan(rms)
    }
    for (const photo of photos) expect(photo.rmsPx).toBeLessThan(0.25)
  })
})

// intrinsics.yml beside the photos is a stereo calibration with one focal length for both cameras and no tangential distortion: 534.80;
// centres (335.69, 240.66) and (334.56, 242.05). Its focal lengths are a rig's; its centres are not, and are not compared: OpenCV 4.6
// comes to them (534.5; (335.5, 240.9), (334.5, 242.2)) from the identity with CALIB_SAME_FOCAL_LENGTH | CALIB_ZERO_TANGENT_DIST |
// CALIB_RATIONAL_MODEL, where it stops at an error of 0.484 px, while from initCameraMatrix2D the same call goes on to 0.467 px and
// (336.2, 235.6), (322.7, 247.7); without the constraints it is 0.444 px. On our corners those runs end at 0.271, 0.224 and 0.190 px. As they are
// written there (five coefficients of eight) its cameras miss our corners by 2.04 and 0.60 px with the boards where they fit best.
const YML_FOCAL = 534.80326845051309
// cv2.stereoCalibrate(…, flags=CALIB_FIX_K3, criteria=(3, 1000, 1e-12)) of OpenCV 4.6 on the corners that are found here:
const STEREO = {
  params: [
    [533.732, 533.747, 342.099 + 0.5, 235.071 + 0.5],
    [536.901, 536.503, 327.027 + 0.5, 249.904 + 0.5],
  ],
  t: [-83.1611, 0.928, -0.1479],
  turn: [0.006523, 0.004074, -0.003509],
  rms: 0.1899,
}

describe('both cameras as a rig', () => {
  test('is what OpenCV finds on the same corners, with the focal lengths of its file', async () => {
    const rig = [await photosOf('left'), await photosOf('right')].map((set) => {
      return { name: set.name, set, moment: (name: string) => name.slice(set.name.length) }
    })
    const { cameras, rmsPx, shared } = await calibrateRigPhotos(rig, OPTIONS)
    expect(shared).toBe(13)
    expect(rmsPx).toBeCloseTo(STEREO.rms, 3)
    for (const [c, params] of STEREO.params.entries()) {
      for (const [k, v] of params.entries()) expect(Math.abs(cameras[c]!.camera!.params[k]! - v)).toBeLessThan(0.01)
      for (const k of [0, 1]) expect(Math.abs(cameras[c]!.camera!.params[k]! / YML_FOCAL - 1)).toBeLessThan(0.005)
    }
    const { camFromRig } = cameras[1]!
    for (const [k, v] of STEREO.t.entries()) expect(Math.abs(camFromRig!.t[k]! - v)).toBeLessThan(0.001)
    expect(degrees(rotationAngleRad(camFromRig!.R, so3Exp(STEREO.turn)))).toBeLessThan(0.001)
  })
})
