import { symmetricEigen, vec3Dot, vec3Norm, vec3Normalize } from '@epipole/geometry'
import { byId } from './by-id.js'
import type { Reconstruction, ReconstructionImage } from './reconstruction.js'

/**
 * EXIF orientation 1–8 of an image, by its name: tells which side of the stored pixels is up. Images without one count as
 * stored upright.
 */
export type Orientations = ReadonlyMap<string, number>

export interface UpDirection {
  /** Unit vector in the world. */
  readonly up: Float64Array
  /**
   * `horizons`: square to the photos' horizontal axes, of which several differ; `average`: the mean of the photos' own up
   * directions, where they all look one way; `none`: nothing tells, the world's −y.
   */
  readonly method: 'horizons' | 'average' | 'none'
}

/** Share of the photos' horizontal axes that must stand across the others before they determine the vertical. */
const MIN_SPREAD = 0.1

/**
 * Where up is in the world, supposing that photographers hold the horizon level: the direction most nearly square to all photos'
 * horizontal axes (Szeliski, "Image alignment and stitching", 2006, section 5.2), on the side of their mean up direction.
 */
export function upDirection(model: Reconstruction, orientations: Orientations = new Map()): UpDirection {
  const images = byId(model.images).map(([, image]) => image)
  const meanUp = new Float64Array(3)
  const meanBack = new Float64Array(3)
  const scatter = new Float64Array(9)
  for (const image of images) {
    const { up, across } = axesAsShown(image, orientations.get(image.name) ?? 1)
    for (let k = 0; k < 3; k++) {
      meanUp[k] += up[k] / images.length
      meanBack[k] -= image.camFromWorld.R[6 + k] / images.length
      for (let l = 0; l < 3; l++) scatter[3 * k + l] += (across[k] * across[l]) / images.length
    }
  }
  const { values, V } = symmetricEigen(scatter, 3)
  if (images.length > 1 && values[1] - values[2] > MIN_SPREAD) {
    const vertical = Float64Array.of(V[2], V[5], V[8])
    // Seen straight down from all sides the up directions cancel; then up is where the cameras are.
    const side = Math.abs(vec3Dot(vertical, meanUp)) > MIN_SPREAD ? meanUp : meanBack
    const sign = vec3Dot(vertical, side) < 0 ? -1 : 1
    return { up: vertical.map((v) => sign * v), method: 'horizons' }
  }
  if (vec3Norm(meanUp) > MIN_SPREAD) return { up: vec3Normalize(meanUp), method: 'average' }
  return { up: Float64Array.of(0, -1, 0), method: 'none' }
}

/** The world directions that are up and across when the photo is shown as its EXIF orientation says. */
function axesAsShown(image: ReconstructionImage, orientation: number): { up: Float64Array; across: Float64Array } {
  const { R } = image.camFromWorld
  const x = R.slice(0, 3)
  const y = R.slice(3, 6)
  const opposite = (v: Float64Array) => v.map((c) => -c)
  // 5–8 exchange rows and columns; 3, 4, 7 and 8 turn the stored top, or left, downwards.
  if (orientation === 5 || orientation === 6) return { up: opposite(x), across: y }
  if (orientation === 7 || orientation === 8) return { up: x, across: y }
  if (orientation === 3 || orientation === 4) return { up: y, across: x }
  return { up: opposite(y), across: x }
}
