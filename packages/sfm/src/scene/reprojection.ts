import { pixelsFromNormalized, transformPoint } from '@epipole/geometry'
import { byId } from './by-id.js'
import { NO_POINT, type Reconstruction, type ReconstructionImage } from './reconstruction.js'

export interface ReprojectionErrors {
  /** Every observation's error, pixels: by image id, then keypoint; ∞ where the point is not in front of the camera. */
  readonly errors: Float64Array
  /** Mean over the image's observations in front of it; 0 where it has none. */
  readonly ofImages: ReadonlyMap<number, number>
  /** Mean over the point's observations in front of their cameras; 0 where it has none. */
  readonly ofPoints: ReadonlyMap<number, number>
  /** Mean over all observations in front of their cameras; 0 where there are none. */
  readonly mean: number
  /** Observations of points that are not in front of their camera, or that its lens takes nowhere. */
  readonly behind: number
}

/** How far each keypoint is from where its point appears, by the cameras' full lens models. */
export function reprojectionErrors(model: Reconstruction): ReprojectionErrors {
  const perImage = byId(model.images).map(([id, image]) => ({ id, image, errors: errorsOfImage(model, image) }))
  const total = perImage.reduce((sum, { errors }) => sum + errors.length, 0)
  const errors = new Float64Array(total)
  const ofPoints = new Map<number, Mean>()
  for (const id of model.points.keys()) ofPoints.set(id, new Mean())
  const ofImages = new Map<number, number>()
  const all = new Mean()
  let at = 0
  for (const { id, image, errors: own } of perImage) {
    const mean = new Mean()
    let k = 0
    for (const pointId of image.pointIds) {
      if (pointId === NO_POINT) continue
      const error = own[k++]
      errors[at++] = error
      if (error === Number.POSITIVE_INFINITY) continue
      mean.add(error)
      all.add(error)
      ofPoints.get(pointId)?.add(error)
    }
    ofImages.set(id, mean.value)
  }
  return {
    errors,
    ofImages,
    ofPoints: new Map([...ofPoints].map(([id, mean]) => [id, mean.value])),
    mean: all.value,
    behind: total - all.count,
  }
}

class Mean {
  count = 0
  #sum = 0

  add(value: number): void {
    this.#sum += value
    this.count++
  }

  get value(): number {
    return this.count === 0 ? 0 : this.#sum / this.count
  }
}

/** Errors of an image's observations, in the order of its keypoints. */
function errorsOfImage({ cameras, points }: Reconstruction, image: ReconstructionImage): Float64Array {
  const observed: number[] = []
  for (let k = 0; k < image.pointIds.length; k++) if (image.pointIds[k] !== NO_POINT) observed.push(k)
  const camera = cameras.get(image.cameraId)
  if (camera === undefined) return new Float64Array(observed.length).fill(Number.POSITIVE_INFINITY)
  const normalized = new Float64Array(2 * observed.length)
  const inCamera = new Float64Array(3)
  observed.forEach((k, i) => {
    const point = points.get(image.pointIds[k])
    if (point === undefined) inCamera.fill(0)
    else transformPoint(image.camFromWorld, point.xyz, inCamera)
    const depth = Math.max(inCamera[2], 0)
    // Zero depth makes the pixel infinite or NaN, which marks the observation below.
    normalized[2 * i] = inCamera[0] / depth
    normalized[2 * i + 1] = inCamera[1] / depth
  })
  const pixels = pixelsFromNormalized(camera, normalized, normalized)
  return Float64Array.from(observed, (k, i) => {
    const x = pixels[2 * i] - image.keypoints[2 * k]
    const y = pixels[2 * i + 1] - image.keypoints[2 * k + 1]
    const error = Math.sqrt(x * x + y * y)
    return Number.isFinite(error) ? error : Number.POSITIVE_INFINITY
  })
}

/** The model with every point's `error` set to the mean of its observations as they are now. */
export function withCurrentErrors(model: Reconstruction): Reconstruction {
  const { ofPoints } = reprojectionErrors(model)
  return {
    ...model,
    points: new Map([...model.points].map(([id, point]) => [id, { ...point, error: ofPoints.get(id) ?? 0 }])),
  }
}
