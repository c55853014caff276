import { BinaryReader } from '@epipole/core'
import type { Camera } from '@epipole/geometry'
import { findModelProblem } from '../../scene/check.js'
import type { Reconstruction, ReconstructionImage, ReconstructionPoint } from '../../scene/reconstruction.js'
import { malformed } from '../place.js'
import { readCamerasBinary, readImagesBinary, readPointsBinary } from './read-binary.js'
import { readCamerasText, readImagesText, readPointsText } from './read-text.js'
import { COLMAP_FILE_NAMES, type ColmapFileNames, type ColmapFiles, type Table } from './table.js'

/** A text holds no zero byte; a binary file begins with a count whose high bytes are zero. */
const SNIFFED_BYTES = 64

/**
 * A COLMAP sparse model from its three files' bytes, each text or binary (told apart by content). Points may have short or
 * empty tracks; ids need not be consecutive.
 *
 * @param names what to call the files in messages; those ending in `.bin` are binary even when empty
 * @throws EpipoleError `input` with the file and the byte offset, or line and column: cut-off files, counts that exceed the
 *   file, numbers that are not finite, ids or names used twice, unknown camera models, references to nothing, tracks and
 *   images that disagree
 */
export function readColmapModel(files: ColmapFiles, names: Partial<ColmapFileNames> = {}): Reconstruction {
  const cameras = readCameras(files.cameras, nameOf(files.cameras, 'cameras', names))
  const images = readImages(files.images, nameOf(files.images, 'images', names))
  const points = readPoints(files.points3D, nameOf(files.points3D, 'points3D', names))
  const model: Reconstruction = { cameras: cameras.records, images: images.records, points: points.records }
  const problem = findModelProblem(model)
  if (problem !== undefined) {
    const table = { camera: cameras, image: images, point: points }[problem.record]
    throw malformed(table.placeOf(problem.id), problem.text)
  }
  return model
}

function readCameras(bytes: Uint8Array, file: string): Table<Camera> {
  return isBinary(bytes, file) ? readCamerasBinary(new BinaryReader(bytes, file)) : readCamerasText(bytes, file)
}

function readImages(bytes: Uint8Array, file: string): Table<ReconstructionImage> {
  return isBinary(bytes, file) ? readImagesBinary(new BinaryReader(bytes, file)) : readImagesText(bytes, file)
}

function readPoints(bytes: Uint8Array, file: string): Table<ReconstructionPoint> {
  return isBinary(bytes, file) ? readPointsBinary(new BinaryReader(bytes, file)) : readPointsText(bytes, file)
}

function isBinary(bytes: Uint8Array, file: string): boolean {
  return bytes.subarray(0, SNIFFED_BYTES).includes(0) || file.toLowerCase().endsWith('.bin')
}

function nameOf(bytes: Uint8Array, which: keyof ColmapFiles, names: Partial<ColmapFileNames>): string {
  return names[which] ?? COLMAP_FILE_NAMES[isBinary(bytes, '') ? 'binary' : 'text'][which]
}
