// Images for tests, drawn from integers and core's elementary functions, so equal everywhere.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { exp } from '@epipole/core'
import type { GrayImage } from '../src/features.js'

/** A 32-bit hash of lattice point (x, y) of `layer`. */
function hash(x: number, y: number, layer: number): number {
  let h = Math.imul(x, 0x9e3779b1) ^ Math.imul(y, 0x85ebca6b) ^ Math.imul(layer, 0xc2b2ae35)
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d)
  h = Math.imul(h ^ (h >>> 12), 0x297a2d39)
  return (h ^ (h >>> 15)) >>> 0
}

/**
 * Smooth noise of several scales, with a little of the finest unsmoothed: like a photo of rough stone. `warp` says which
 * point of the stone a pixel (its first sample at 0, 0) sees; the unsmoothed noise stays with the pixels, as a sensor's.
 */
export function texture(
  width: number,
  height: number,
  seed = 1,
  warp: (x: number, y: number) => readonly [number, number] = (x, y) => [x, y],
): GrayImage {
  const data = new Uint8Array(width * height)
  for (let y = 0; y < height; ++y) {
    for (let x = 0; x < width; ++x) {
      const [u, v] = warp(x, y)
      let sum = 0
      for (const [layer, cell] of [3, 7, 16, 40].entries()) {
        sum += (latticeNoise(u / cell, v / cell, seed * 8 + layer) - 0.5) * [45, 70, 70, 60][layer]!
      }
      sum += ((hash(x, y, seed * 8 + 7) & 0xff) / 255 - 0.5) * 6
      data[y * width + x] = Math.min(255, Math.max(0, Math.round(128 + sum)))
    }
  }
  return { width, height, data }
}

function latticeNoise(x: number, y: number, layer: number): number {
  const i = Math.floor(x)
  const j = Math.floor(y)
  const smooth = (t: number) => t * t * (3 - 2 * t)
  const fx = smooth(x - i)
  const fy = smooth(y - j)
  const at = (a: number, b: number) => hash(a, b, layer) / 2 ** 32
  const upper = at(i, j) * (1 - fx) + at(i + 1, j) * fx
  const lower = at(i, j + 1) * (1 - fx) + at(i + 1, j + 1) * fx
  return upper * (1 - fy) + lower * fy
}

/** Centre (pixel centres at halves), σ and height of a Gaussian blob. */
export interface Blob {
  readonly x: number
  readonly y: number
  readonly sigma: number
  readonly height: number
}

/** Blobs on gray 128. */
export function blobImage(width: number, height: number, blobs: readonly Blob[]): GrayImage {
  const data = new Uint8Array(width * height)
  for (let y = 0; y < height; ++y) {
    for (let x = 0; x < width; ++x) {
      let value = 128
      for (const blob of blobs) {
        const dx = x + 0.5 - blob.x
        const dy = y + 0.5 - blob.y
        value += blob.height * exp(-(dx * dx + dy * dy) / (2 * blob.sigma * blob.sigma))
      }
      data[y * width + x] = Math.min(255, Math.max(0, Math.floor(value + 0.5)))
    }
  }
  return { width, height, data }
}

/** `source(x, y)` of each pixel of a new image. */
export function remap(
  image: GrayImage,
  width: number,
  height: number,
  source: (x: number, y: number) => readonly [number, number],
): GrayImage {
  const data = new Uint8Array(width * height)
  for (let y = 0; y < height; ++y) {
    for (let x = 0; x < width; ++x) {
      const [u, v] = source(x, y)
      data[y * width + x] = image.data[v * image.width + u]!
    }
  }
  return { width, height, data }
}

/** Mirrored left to right. */
export const flipX = (image: GrayImage): GrayImage =>
  remap(image, image.width, image.height, (x, y) => [image.width - 1 - x, y])

/** A quarter turn clockwise: the left column becomes the top row. */
export const quarterTurn = (image: GrayImage): GrayImage =>
  remap(image, image.height, image.width, (x, y) => [y, image.height - 1 - x])

/** Binary PGM or PPM (as gray), 8 bits. */
export function readPnm(bytes: Uint8Array): { width: number; height: number; channels: 1 | 3; data: Uint8Array } {
  let position = 0
  const token = (): string => {
    while (bytes[position]! <= 32 || bytes[position] === 35) {
      if (bytes[position] === 35) while (bytes[position] !== 10) position += 1
      else position += 1
    }
    const start = position
    while (bytes[position]! > 32) position += 1
    return String.fromCharCode(...bytes.subarray(start, position))
  }
  const channels = token() === 'P6' ? 3 : 1
  const width = Number(token())
  const height = Number(token())
  token()
  const data = bytes.slice(position + 1, position + 1 + width * height * channels)
  return { width, height, channels, data }
}

const dataRoot = process.env.EPIPOLE_DATA ?? join(import.meta.dirname, '../../../../shared/data')

/** Bytes of a file of the shared test data; throws with what to do when it is not there. */
export function sharedData(path: string): Uint8Array {
  const file = join(dataRoot, path)
  if (!existsSync(file)) throw new Error(`${file} is missing: set EPIPOLE_DATA to the folder of the shared data`)
  return readFileSync(file)
}
