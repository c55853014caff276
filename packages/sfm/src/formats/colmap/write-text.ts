import { EpipoleError } from '@epipole/core'
import { quaternionFromRotation } from '@epipole/geometry'
import { byId } from '../../scene/by-id.js'
import { assertModel } from '../../scene/check.js'
import { NO_POINT, type Reconstruction, type ReconstructionImage } from '../../scene/reconstruction.js'
import { Utf8Text } from '../utf8-text.js'
import type { ColmapFiles } from './table.js'

/**
 * The model as COLMAP's `cameras.txt`, `images.txt` and `points3D.txt`: records by ascending id, each number in the shortest
 * decimal that reads back as itself. COLMAP itself reads a name only up to its first blank in this form (not so in binary).
 *
 * @throws EpipoleError `usage` where the model contradicts itself, or a name holds a line break
 */
export function writeColmapText(model: Reconstruction): ColmapFiles {
  assertModel(model)
  return { cameras: camerasText(model), images: imagesText(model), points3D: pointsText(model) }
}

function camerasText({ cameras }: Reconstruction): Uint8Array {
  const text = new Utf8Text()
  text.add('# Camera list with one line of data per camera:\n')
  text.add('#   CAMERA_ID, MODEL, WIDTH, HEIGHT, PARAMS[]\n')
  text.add(`# Number of cameras: ${cameras.size}\n`)
  for (const [id, c] of byId(cameras)) text.add(`${id} ${c.model} ${c.width} ${c.height} ${numbers(c.params)}\n`)
  return text.bytes()
}

function imagesText({ images }: Reconstruction): Uint8Array {
  const text = new Utf8Text()
  let observations = 0
  for (const image of images.values()) for (const id of image.pointIds) if (id !== NO_POINT) observations++
  text.add('# Image list with two lines of data per image:\n')
  text.add('#   IMAGE_ID, QW, QX, QY, QZ, TX, TY, TZ, CAMERA_ID, NAME\n')
  text.add('#   POINTS2D[] as (X, Y, POINT3D_ID)\n')
  text.add(`# Number of images: ${images.size}, mean observations per image: ${mean(observations, images.size)}\n`)
  for (const [id, image] of byId(images)) {
    if (/[\n\r]/.test(image.name)) {
      throw new EpipoleError(
        'usage',
        `Image ${id} has a line break in its name; a text model cannot hold it, a binary one can.`,
        {
          image: id,
          name: image.name,
        },
      )
    }
    const q = quaternionFromRotation(image.camFromWorld.R)
    text.add(`${id} ${numbers(q)} ${numbers(image.camFromWorld.t)} ${image.cameraId} ${image.name}\n`)
    addKeypoints(text, image)
  }
  return text.bytes()
}

function addKeypoints(text: Utf8Text, { keypoints, pointIds }: ReconstructionImage): void {
  for (let k = 0; k < pointIds.length; k++) {
    text.add(`${k === 0 ? '' : ' '}${decimal(keypoints[2 * k])} ${decimal(keypoints[2 * k + 1])} ${pointIds[k]}`)
  }
  text.add('\n')
}

function pointsText({ points }: Reconstruction): Uint8Array {
  const text = new Utf8Text()
  let observations = 0
  for (const point of points.values()) observations += point.track.length / 2
  text.add('# 3D point list with one line of data per point:\n')
  text.add('#   POINT3D_ID, X, Y, Z, R, G, B, ERROR, TRACK[] as (IMAGE_ID, POINT2D_IDX)\n')
  text.add(`# Number of points: ${points.size}, mean track length: ${mean(observations, points.size)}\n`)
  for (const [id, { xyz, rgb, error, track }] of byId(points)) {
    text.add(
      `${id} ${numbers(xyz)} ${rgb.join(' ')} ${decimal(error)}${track.length > 0 ? ' ' : ''}${track.join(' ')}\n`,
    )
  }
  return text.bytes()
}

function mean(sum: number, count: number): string {
  return decimal(count === 0 ? 0 : sum / count)
}

function numbers(values: ArrayLike<number>): string {
  let text = decimal(values[0])
  for (let i = 1; i < values.length; i++) text += ` ${decimal(values[i])}`
  return text
}

/** The shortest decimal that reads back as the same double; `String` alone would lose the sign of zero. */
function decimal(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value)
}
