import { createHash } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { RenderedPhoto, SetTruth } from '@epipole/samples'
import {
  type Comparison,
  comparePoses,
  type Reconstruction,
  type ReconstructReport,
  readColmapModel,
  readTruth,
  viewPoses,
  writeColmapBinary,
} from '@epipole/sfm'
import type { PhotoSet, Plane } from 'epipole'
import { photosFromPlanes } from 'epipole'
import { expect } from 'vitest'
import { encodeJpeg } from '../../samples/dist/cli/encode.js'

/** Rendered photos as decoded planes, with what their EXIF would say. */
export function planesOf(photos: readonly RenderedPhoto[]): Plane[] {
  return photos.map(({ name, width, height, rgb, exif }) => {
    const { make, model, lensModel, focalLength, focalLength35mm, orientation } = exif
    return {
      name,
      width,
      height,
      rgb,
      exif: { make, model, lens: lensModel, focalMm: focalLength, focal35mm: focalLength35mm, orientation },
    }
  })
}

export function photoSetOf(photos: readonly RenderedPhoto[]): PhotoSet {
  return photosFromPlanes(planesOf(photos))
}

/** Writes rendered photos as JPEGs with EXIF; returns the folder. */
export async function writePhotos(folder: string, photos: readonly RenderedPhoto[]): Promise<string> {
  await mkdir(folder, { recursive: true })
  for (const photo of photos) await writeFile(path.join(folder, photo.name), await encodeJpeg(photo))
  return folder
}

/** Digests of the files of COLMAP's binary model. */
export function modelDigests(model: Reconstruction): Record<string, string> {
  const digest = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
  return Object.fromEntries(Object.entries(writeColmapBinary(model)).map(([name, bytes]) => [name, digest(bytes)]))
}

/** A model's poses against the exact ones of the photos it has. */
export function compareWithTruth(model: Reconstruction, truth: SetTruth): Comparison {
  const names = new Set([...model.images.values()].map((image) => image.name))
  const poses = readTruth(JSON.stringify(truth)).filter((view) => names.has(view.name))
  return comparePoses(viewPoses(model), poses)
}

export async function readReport(out: string): Promise<ReconstructReport> {
  return JSON.parse(await readFile(path.join(out, 'report.json'), 'utf8')) as ReconstructReport
}

/** A run's first COLMAP model, from its binary files. */
export async function readSparse(out: string): Promise<Reconstruction> {
  const file = (name: string) => readFile(path.join(out, 'sparse/0', name))
  return readColmapModel({
    cameras: await file('cameras.bin'),
    images: await file('images.bin'),
    points3D: await file('points3D.bin'),
  })
}

/** What every report owes its reader: a reason with test, value and threshold for whatever is left out, and numbers only. */
export function expectAccounted(report: ReconstructReport): void {
  for (const { name, status, verdict } of report.photos) {
    if (status === 'registered') continue
    expect([name, verdict?.test]).toEqual([name, expect.stringMatching(/^[a-z][a-z0-9-]+$/)])
    expect([name, Number.isFinite(verdict?.value), Number.isFinite(verdict?.threshold)]).toEqual([name, true, true])
    expect(verdict?.text.length).toBeGreaterThan(20)
  }
  for (const { a, b, kind, verdict } of report.pairs) {
    if (kind === 'refused')
      expect([a, b, verdict]).toEqual([a, b, expect.objectContaining({ test: expect.any(String) })])
  }
  // JSON has no NaN: it would have become null.
  expect(JSON.stringify(report)).not.toMatch(/[:,[]null/)
  expect(report.verdict.reason.length).toBeGreaterThan(10)
}

/** No number of a model is NaN or infinite. */
export function expectFinite(model: Reconstruction): void {
  const all = (values: ArrayLike<number>) => Array.from(values).every(Number.isFinite)
  for (const camera of model.cameras.values()) expect(all(camera.params)).toBe(true)
  for (const { camFromWorld } of model.images.values()) {
    expect(all(camFromWorld.R) && all(camFromWorld.t)).toBe(true)
  }
  for (const { xyz, error } of model.points.values()) expect(all(xyz) && Number.isFinite(error)).toBe(true)
}
