import {
  cameraCenter,
  mat3Apply,
  median,
  type Sim3,
  vec3Cross,
  vec3Distance,
  vec3Dot,
  vec3Norm,
  vec3Normalize,
} from '@epipole/geometry'
import { byId } from './by-id.js'
import type { Reconstruction } from './reconstruction.js'
import { transformModel } from './transform.js'
import { type Orientations, type UpDirection, upDirection } from './up-direction.js'

export interface NormalizedModel {
  readonly model: Reconstruction
  readonly newFromOld: Sim3
  /** What the upright direction was taken from. */
  readonly upFrom: UpDirection['method']
}

/**
 * The model in a world of its own making, since photos alone fix neither place, direction nor scale: y down, as in an upright
 * camera; the mean viewing direction along +z; the origin at the points' median, and half of the points within distance 1 of it
 * (the cameras' centres take the points' place where there are none).
 */
export function normalizeModel(model: Reconstruction, orientations: Orientations = new Map()): NormalizedModel {
  const { up, method } = upDirection(model, orientations)
  const R = uprightFromOld(model, up)
  // Medians are taken along the new axes, so that a normal model is its own normal form.
  const places = placesOf(model).map((place) => mat3Apply(R, place))
  const center = Float64Array.from([0, 1, 2], (k) => medianOf(places.map((place) => place[k])))
  const spread = medianOf(places.map((place) => vec3Distance(place, center)))
  const scale = spread > 0 ? 1 / spread : 1
  const t = center.map((v) => -scale * v)
  const newFromOld: Sim3 = { scale, R, t }
  return { model: transformModel(model, newFromOld), newFromOld, upFrom: method }
}

function placesOf(model: Reconstruction): Float64Array[] {
  if (model.points.size > 0) return byId(model.points).map(([, point]) => point.xyz)
  return byId(model.images).map(([, image]) => cameraCenter(image.camFromWorld))
}

function medianOf(values: readonly number[]): number {
  return values.length === 0 ? 0 : median(Float64Array.from(values))
}

/** Rows: right, down and forward of the new world in the old one. */
function uprightFromOld(model: Reconstruction, up: Float64Array): Float64Array {
  const down = up.map((v) => -v)
  const forward = new Float64Array(3)
  for (const [, image] of byId(model.images)) for (let k = 0; k < 3; k++) forward[k] += image.camFromWorld.R[6 + k]
  let level = withoutPart(forward, down)
  // Seen from all sides, or straight from above, the mean tells no direction: any level one will do.
  if (vec3Norm(level) < 0.1 * model.images.size || model.images.size === 0) {
    level = withoutPart(Math.abs(down[2]) < 0.9 ? Float64Array.of(0, 0, 1) : Float64Array.of(0, 1, 0), down)
  }
  const z = vec3Normalize(level)
  return Float64Array.of(...vec3Cross(down, z), ...down, ...z)
}

/** v without its part along the unit vector `axis`. */
function withoutPart(v: Float64Array, axis: Float64Array): Float64Array {
  const along = vec3Dot(v, axis)
  return v.map((value, k) => value - along * axis[k])
}
