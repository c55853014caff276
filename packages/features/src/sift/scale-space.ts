import type { Arena } from '../kernels/instantiate.js'
import type { SiftKernel } from './kernel.js'
import { BASE_SIGMA, INPUT_BLUR, LEVEL_SIGMAS, type Octave } from './octaves.js'

/** A ring of rows of f32: row y lives at `base + (y mod capacity) · stride`. */
export interface Ring {
  readonly base: number
  readonly capacity: number
}

/** Bytes of one row of `width` floats: whole cache lines, an odd number of them, so that rows spread over cache sets. */
export function rowStride(width: number): number {
  const lines = Math.ceil((width * 4) / 64) + 1
  return 64 * (lines | 1)
}

/** Rows that must be there above and below a row before its extrema can be refined (five moves, one neighbour). */
const REACH = 6
const TOP = LEVEL_SIGMAS.length - 1

const radiusOf = (sigma: number) => Math.ceil(4 * sigma)
const blurBetween = (from: number, to: number) => Math.sqrt(to * to - from * from)
/** Blur from level j − 1 to level j, and the radius of its filter. */
const STEPS = LEVEL_SIGMAS.map((sigma, j) => (j === 0 ? 0 : blurBetween(LEVEL_SIGMAS[j - 1]!, sigma)))
const RADII = STEPS.map(radiusOf)
/** How many rows ahead of level `TOP` level j must be. */
const LEADS = RADII.map((_, j) => RADII.slice(j + 1).reduce((sum, radius) => sum + radius, 0))

/** Where an octave's level 0 comes from: the photo's bytes, or an image of floats that the octave before made. */
export type OctaveSource =
  | { readonly kind: 'photo'; readonly address: number; readonly width: number; readonly height: number }
  | { readonly kind: 'base'; readonly address: number }

/**
 * Streams one octave of the scale space from top to bottom through rings of rows, so that no level is ever held whole:
 * a row of each Gaussian level is made as soon as the rows under its filter exist, its difference from the level below
 * is kept until the extrema around it are found, and level 3 leaves every second row as the next octave's base.
 */
export class OctaveStream {
  readonly octave: Octave
  readonly #kernel: SiftKernel
  readonly #source: OctaveSource
  readonly #stride: number
  readonly #taps: number[] = []
  readonly #gaussians: Ring[] = []
  readonly #dogs: Ring[] = []
  readonly #temporary: number
  readonly #spare: number
  readonly #photo: { ring: Ring; stride: number; taps: number; radius: number } | undefined
  readonly #nextBase: number
  readonly #nextStride: number
  readonly records: number
  /** Rows made so far: of the photo as floats, of each level, of the next octave's base. */
  #photoRows = 0
  readonly #rows: number[]
  #nextRows = 0

  /** Reserves its memory in `arena`; `nextBase` is where the next octave's base goes (0: nowhere). Commit before use. */
  constructor(kernel: SiftKernel, arena: Arena, octave: Octave, source: OctaveSource, nextBase: number) {
    this.octave = octave
    this.#kernel = kernel
    this.#source = source
    this.#stride = rowStride(octave.width)
    this.#nextBase = nextBase
    this.#nextStride = rowStride(Math.ceil(octave.width / 2))
    const ring = (capacity: number, stride = this.#stride): Ring => ({
      base: arena.reserve(capacity * stride),
      capacity,
    })
    this.#temporary = arena.reserve(this.#stride + 512)
    this.#spare = arena.reserve(2 * this.#stride)
    this.records = arena.reserve(16 * 3 * (octave.width + 4))
    if (source.kind === 'photo') {
      const sigma = blurBetween(INPUT_BLUR, BASE_SIGMA * octave.step)
      const radius = radiusOf(sigma) + (octave.index < 0 ? 1 : 0)
      const stride = rowStride(source.width)
      this.#photo = { ring: ring(2 * radius + 2, stride), stride, taps: arena.reserve(16 * (radius + 1)), radius }
      this.#gaussians.push(ring(2 * RADII[1]! + 1))
    } else {
      this.#gaussians.push({ base: source.address, capacity: octave.height })
    }
    for (let j = 1; j <= TOP; ++j) {
      this.#gaussians.push(ring(j < TOP ? 2 * RADII[j + 1]! + 1 : 1))
      this.#dogs.push(ring(LEADS[j]! + 2 * REACH + 2))
    }
    for (let j = 0; j <= TOP; ++j) this.#taps.push(arena.reserve(4 * (RADII[j]! + 1)))
    this.#rows = LEVEL_SIGMAS.map((_, j) => (j === 0 && source.kind === 'base' ? octave.height : 0))
  }

  /** Writes the filters and tells the kernel where the rings are. The memory must be committed. */
  begin(): void {
    const kernel = this.#kernel
    for (let j = 1; j <= TOP; ++j) kernel.gaussianTaps(this.#taps[j]!, RADII[j]!, STEPS[j]!, 0, 1)
    if (this.#photo !== undefined) {
      const sigma = blurBetween(INPUT_BLUR, BASE_SIGMA * this.octave.step)
      const { taps, radius } = this.#photo
      const bytes = 4 * (radius + 1)
      kernel.gaussianTaps(taps, radius, sigma, 0, 1 / 255)
      kernel.gaussianTaps(taps + bytes, radius, sigma, 1, 1 / 255)
      kernel.gaussianTaps(taps + 2 * bytes, radius, sigma, 0, 1)
      kernel.gaussianTaps(taps + 3 * bytes, radius, sigma, 1, 1)
    }
    kernel.setOctave(this.octave.width, this.octave.height, this.#stride)
    for (const [level, dog] of this.#dogs.entries()) kernel.setDog(level, dog.base, dog.capacity)
  }

  /** Makes everything that finding the extrema of row `y` needs. Call with growing y. */
  advance(y: number): void {
    this.#ensure(TOP, y + REACH)
  }

  #ensure(level: number, y: number): void {
    const last = Math.min(y, this.octave.height - 1)
    for (let row = this.#rows[level]!; row <= last; ++row) {
      if (level > 0) {
        this.#ensure(level - 1, row + RADII[level]!)
        this.#blur(level, row)
      } else {
        this.#start(row)
      }
      this.#rows[level] = row + 1
      if (level === 3 && this.#nextBase !== 0) this.#halve()
    }
  }

  #blur(level: number, y: number): void {
    const { width, height } = this.octave
    const from = this.#gaussians[level - 1]!
    const to = this.#gaussians[level]!
    const dog = this.#dogs[level - 1]!
    const taps = this.#taps[level]!
    this.#kernel.blurRow(
      from.base,
      from.capacity,
      this.#stride,
      y,
      width,
      height,
      taps,
      taps,
      RADII[level]!,
      this.#temporary,
      to.base + (y % to.capacity) * this.#stride,
      dog.base + (y % dog.capacity) * this.#stride,
    )
  }

  /** Row y of level 0 from the photo. */
  #start(y: number): void {
    const source = this.#source
    const photo = this.#photo
    if (photo === undefined || source.kind !== 'photo') return
    const doubled = this.octave.index < 0
    const { ring, stride, taps, radius } = photo
    const needed = Math.min((doubled ? (y + 1) >> 1 : y) + radius, source.height - 1)
    for (; this.#photoRows <= needed; ++this.#photoRows) {
      const out = ring.base + (this.#photoRows % ring.capacity) * stride
      this.#kernel.widen(source.address + this.#photoRows * source.width, out, source.width)
    }
    const to = this.#gaussians[0]!
    const out = to.base + (y % to.capacity) * this.#stride
    const { width, height } = source
    if (doubled) {
      this.#kernel.doubleRow(ring.base, ring.capacity, stride, y, width, height, taps, radius, this.#temporary, out)
    } else {
      const tapsX = taps + 8 * (radius + 1)
      this.#kernel.blurRow(
        ring.base,
        ring.capacity,
        stride,
        y,
        width,
        height,
        taps,
        tapsX,
        radius,
        this.#temporary,
        out,
        0,
      )
    }
  }

  /** Makes the rows of the next octave's base that the rows of level 3 allow. */
  #halve(): void {
    const { width, height } = this.octave
    const from = this.#gaussians[3]!
    const nextHeight = Math.ceil(height / 2)
    const reach = height % 2 === 0 ? 3 : 0
    for (; this.#nextRows < nextHeight; ++this.#nextRows) {
      const y = this.#nextRows
      if (this.#rows[3]! <= Math.min(2 * y + reach, height - 1)) return
      this.#kernel.halveRow(
        from.base,
        from.capacity,
        this.#stride,
        y,
        width,
        height,
        this.#temporary,
        this.#spare,
        this.#nextBase + y * this.#nextStride,
      )
    }
  }
}
