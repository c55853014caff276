import { EpipoleError, exp } from '@epipole/core'
import type { FeatureExtractor, Features, GrayImage } from '../features.js'
import { checkGray } from '../image/check.js'
import { Arena } from '../kernels/instantiate.js'
import { Candidates, selectionOrder } from './candidates.js'
import { releaseLarge, type SiftKernel, siftKernel } from './kernel.js'
import { BASE_SIGMA, INPUT_BLUR, type Octave, planOctaves } from './octaves.js'
import { type ResolvedSiftOptions, resolveSiftOptions, type SiftOptions } from './options.js'
import { OctaveStream, rowStride } from './scale-space.js'

const DIMENSION = 128
/** Orientations that a keypoint can have at most: a peak takes two of the 36 bins. */
const MAX_ORIENTATIONS = 18

/**
 * SIFT (D. Lowe, "Distinctive image features from scale-invariant keypoints", IJCV 2004) with RootSIFT descriptors
 * (Arandjelović and Zisserman, CVPR 2012), with the details and defaults of VLFeat and COLMAP. A descriptor is 4 × 4 cells,
 * row by row in the keypoint's frame, of 8 angles each, in units of 1/512.
 *
 * Keypoints are equivariant under mirroring and quarter turns of the image, and the same bits on any engine.
 *
 * Throws `usage` for options out of range. `extract` rejects with `usage` for an image whose data does not fit its size and
 * `unsupported` for one too large for WebAssembly's memory; an image under 16 pixels on a side has no features.
 */
export function siftExtractor(options: SiftOptions = {}): FeatureExtractor {
  const resolved = resolveSiftOptions(options)
  return {
    id: `sift/3 ${JSON.stringify(resolved)}`,
    extract: async (image: GrayImage, scale = 1): Promise<Features> => {
      checkGray(image)
      if (!(scale > 0 && Number.isFinite(scale))) {
        throw new EpipoleError('usage', `SIFT: scale must be a positive number of photo pixels, not ${scale}`, {
          scale,
        })
      }
      const kernel = await siftKernel()
      try {
        return extractFeatures(kernel, image, scale, resolved)
      } finally {
        releaseLarge(kernel)
      }
    },
  }
}

/** Where things lie in the kernel's memory. */
interface Layout {
  readonly octaves: readonly Octave[]
  /** Address of the photo's bytes, row by row. */
  readonly photo: number
  /** Address of each octave's base image (0: made from the photo). */
  readonly bases: readonly number[]
  readonly streams: readonly OctaveStream[]
  readonly scratch: number
  readonly angles: number
  readonly descriptors: number
}

function extractFeatures(kernel: SiftKernel, image: GrayImage, scale: number, options: ResolvedSiftOptions): Features {
  const layout = layOut(kernel, image, options)
  new Uint8Array(kernel.memory.buffer).set(image.data, layout.photo)
  const candidates = detect(kernel, layout, options)
  return describe(kernel, layout, image, candidates, scale, options)
}

function layOut(kernel: SiftKernel, image: GrayImage, options: ResolvedSiftOptions): Layout {
  const arena = new Arena(kernel)
  const octaves = planOctaves(image.width, image.height, options.firstOctave)
  const photo = arena.reserve(image.data.length)
  const bases = octaves.map((o) => (o.index <= 0 ? 0 : arena.reserve(rowStride(o.width) * o.height)))
  const scratch = arena.reserve(kernel.describeScratchBytes())
  const angles = arena.reserve(4 * MAX_ORIENTATIONS)
  const descriptors = arena.reserve(DIMENSION * MAX_ORIENTATIONS)
  // One octave is streamed at a time, so the streams' rings share their memory.
  const mark = arena.mark
  let end = mark
  const streams = octaves.map((octave, i) => {
    arena.rewind(mark)
    const { width, height } = image
    const stream = new OctaveStream(
      kernel,
      arena,
      octave,
      octave.index <= 0 ? { kind: 'photo', address: photo, width, height } : { kind: 'base', address: bases[i]! },
      octave.index < 0 ? 0 : (bases[i + 1] ?? 0),
    )
    end = Math.max(end, arena.mark)
    return stream
  })
  arena.commit(end)
  return { octaves, photo, bases, streams, scratch, angles, descriptors }
}

/**
 * Finds the extrema of all octaves; the doubled one, the most work by far and the last to be described, only if the others
 * do not fill `maxFeatures`.
 */
function detect(kernel: SiftKernel, layout: Layout, options: ResolvedSiftOptions): Candidates {
  const candidates = new Candidates()
  for (const [i, stream] of layout.streams.entries()) {
    if (stream.octave.index >= 0) detectInOctave(kernel, stream, i, options, candidates)
  }
  for (const [i, stream] of layout.streams.entries()) {
    const isFull = () => selectionOrder(candidates).length >= options.maxFeatures
    if (stream.octave.index < 0 && !isFull()) detectInOctave(kernel, stream, i, options, candidates)
  }
  return candidates
}

function detectInOctave(
  kernel: SiftKernel,
  stream: OctaveStream,
  octave: number,
  options: ResolvedSiftOptions,
  candidates: Candidates,
): void {
  const floats = new Float32Array(kernel.memory.buffer)
  stream.begin()
  for (let y = 1; y < stream.octave.height - 1; ++y) {
    stream.advance(y)
    const count = kernel.detectRow(y, options.peakThreshold, options.edgeThreshold, stream.records)
    for (let record = stream.records / 4; record < stream.records / 4 + 4 * count; record += 4) {
      candidates.push(octave, floats[record]!, floats[record + 1]!, floats[record + 2]!)
    }
  }
}

/** Describes the `maxFeatures` largest candidates, each once for every orientation. */
function describe(
  kernel: SiftKernel,
  layout: Layout,
  image: GrayImage,
  candidates: Candidates,
  scale: number,
  options: ResolvedSiftOptions,
): Features {
  const { maxFeatures, maxOrientations, upright } = options
  const order = selectionOrder(candidates)
  const chosen = order.subarray(0, maxFeatures)
  const output = new FeatureBuffer(chosen.length * maxOrientations)
  const angles = new Float32Array(kernel.memory.buffer, layout.angles, MAX_ORIENTATIONS)
  const bytes = new Uint8Array(kernel.memory.buffer, layout.descriptors, DIMENSION * MAX_ORIENTATIONS)
  const root = options.normalization === 'l1-root'
  let current = -1
  for (const c of chosen) {
    const octave = layout.octaves[candidates.octave[c]!]!
    if (candidates.octave[c] !== current) {
      current = candidates.octave[c]!
      setSource(kernel, layout, image, current)
    }
    const x = candidates.x[c]!
    const y = candidates.y[c]!
    const sigma = scaleOfLevel(candidates.level[c]!)
    const found = kernel.describe(x, y, sigma, maxOrientations, upright, root, layout.angles, layout.descriptors)
    for (let k = 0; k < found; ++k) {
      const { originX, originY, step } = octave
      output.push(
        scale * (originX + step * x),
        scale * (originY + step * y),
        scale * step * sigma,
        angles[k]!,
        bytes.subarray(DIMENSION * k, DIMENSION * (k + 1)),
      )
    }
  }
  return output.features()
}

/** Features being collected. */
class FeatureBuffer {
  readonly #keypoints: Float32Array
  readonly #descriptors: Uint8Array
  #count = 0

  constructor(capacity: number) {
    this.#keypoints = new Float32Array(4 * capacity)
    this.#descriptors = new Uint8Array(DIMENSION * capacity)
  }

  push(x: number, y: number, sigma: number, angle: number, descriptor: Uint8Array): void {
    const at = 4 * this.#count
    this.#keypoints[at] = x
    this.#keypoints[at + 1] = y
    this.#keypoints[at + 2] = sigma
    this.#keypoints[at + 3] = angle
    this.#descriptors.set(descriptor, DIMENSION * this.#count)
    this.#count += 1
  }

  features(): Features {
    return {
      count: this.#count,
      keypoints: this.#keypoints.slice(0, 4 * this.#count),
      kind: 'u8',
      dimension: DIMENSION,
      descriptors: this.#descriptors.slice(0, DIMENSION * this.#count),
    }
  }
}

/** Tells the kernel where patches of an octave are made from. */
function setSource(kernel: SiftKernel, layout: Layout, image: GrayImage, index: number): void {
  const { width, height, index: octave, step } = layout.octaves[index]!
  if (octave > 0) {
    kernel.setSource(2, layout.bases[index]!, rowStride(width), width, height, BASE_SIGMA, layout.scratch)
  } else {
    const kind = octave < 0 ? 0 : 1
    kernel.setSource(kind, layout.photo, image.width, image.width, image.height, INPUT_BLUR / step, layout.scratch)
  }
}

const LN2_THIRD = 0.23104906018664842

/** σ (octave samples) of a fractional level: 1.6 · 2^(level / 3). */
function scaleOfLevel(level: number): number {
  return BASE_SIGMA * exp(LN2_THIRD * level)
}
