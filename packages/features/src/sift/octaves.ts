/** Base scale (σ in octave samples of level 0) and levels an octave, as Lowe chose them. */
export const BASE_SIGMA = 1.6
export const LEVELS_PER_OCTAVE = 3
/**
 * Blur (σ in pixels) that a photo is assumed to have from its lens and sensor. Less than Lowe's 0.5, whose bilinear doubling
 * adds a blur of its own (σ about 0.35 on average); doubling by the Gaussian itself, as here, adds none. With 0.5 the first
 * octave would be noisier than VLFeat's, and fewer of its keypoints would be found again.
 */
export const INPUT_BLUR = 0.25
/** An octave needs this many samples along its shorter side. */
export const MIN_SIDE = 16

const CUBE_ROOT_OF_2 = 1.2599210498948732

/** σ (octave samples) of Gaussian level j = 0 … 5: 1.6 · 2^(j/3). */
export const LEVEL_SIGMAS: readonly number[] = [0, 1, 2, 3, 4, 5].map(
  (j) => BASE_SIGMA * 2 ** Math.floor(j / 3) * [1, CUBE_ROOT_OF_2, CUBE_ROOT_OF_2 * CUBE_ROOT_OF_2][j % 3]!,
)

/** One octave of the scale space. */
export interface Octave {
  /** −1: doubled. */
  readonly index: number
  readonly width: number
  readonly height: number
  /** Image pixels per octave sample: 2^index. */
  readonly step: number
  /** Position of sample (0, 0) in the image, the centre of the top-left pixel at (0.5, 0.5). */
  readonly originX: number
  readonly originY: number
}

/**
 * The octaves of an image, from the doubled one (if asked for) to the last with `MIN_SIDE` samples. Each octave's samples
 * lie symmetrically about the image's centre (see `halveRow`), so that a mirrored or turned image gives the same ones.
 */
export function planOctaves(width: number, height: number, first: -1 | 0): Octave[] {
  const octaves: Octave[] = []
  const image = { index: 0, width, height, step: 1, originX: 0.5, originY: 0.5 }
  if (Math.min(width, height) < MIN_SIDE) return []
  if (first === -1) octaves.push({ ...image, index: -1, width: 2 * width - 1, height: 2 * height - 1, step: 0.5 })
  for (let octave: Octave = image; Math.min(octave.width, octave.height) >= MIN_SIDE; octave = halved(octave)) {
    octaves.push(octave)
  }
  return octaves
}

function halved(octave: Octave): Octave {
  const origin = (samples: number) => (samples % 2 === 0 ? octave.step / 2 : 0)
  return {
    index: octave.index + 1,
    width: Math.ceil(octave.width / 2),
    height: Math.ceil(octave.height / 2),
    step: octave.step * 2,
    originX: octave.originX + origin(octave.width),
    originY: octave.originY + origin(octave.height),
  }
}
