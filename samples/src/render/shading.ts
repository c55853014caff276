import type { PreparedScene } from '../scenes/prepare.js'
import { hash32 } from '../texture/noise.js'
import { shadeMaterial } from '../texture/shade.js'
import { createSurface } from '../texture/surface.js'
import { anyHit, createRay, nearestHit, type Ray } from '../trace/intersect.js'
import { skyRadiance, throughAir } from './sky.js'

/**
 * What one camera ray brought, one record for all: 0–2 radiance that needs no filtering (sun, sky); 3–5 albedo that waits for
 * the light from all around; 6–8 that light; 9–11 normal; 12 depth (0 for the sky).
 */
export type Sample = Float64Array
export const SAMPLE_SIZE = 13

const surface = createSurface()
const shadow = createRay()
const bounce = createRay()
const skyOut = new Float64Array(3)
/** 0–2 hit point, 3–5 geometric normal facing the ray, 6–8 shading normal. */
const hit = new Float64Array(9)
const far = 1e4
/** Rays leave a surface this far above it. */
const lift = 2e-5

/**
 * Follows a camera ray. Lambert's law with the sun (soft shadows) and light from all around: from a formula, or, with
 * `indirect`, from one more ray per sample whose noise the caller filters.
 *
 * @param pixelAngle size of a pixel in radians, for the texture's detail
 * @param random integer that names this sample; its hashes choose the point on the sun and the direction of the second ray
 */
export function shadeRay(
  prepared: PreparedScene,
  ray: Ray,
  pixelAngle: number,
  random: number,
  jitter: boolean,
  indirect: boolean,
  out: Sample,
): void {
  const light = prepared.scene.light
  ray[6] = far
  const found = nearestHit(prepared.bvh, ray)
  out.fill(0)
  if (found < 0) {
    const n = Math.sqrt(ray[3] * ray[3] + ray[4] * ray[4] + ray[5] * ray[5])
    skyRadiance(light, ray[3] / n, ray[4] / n, ray[5] / n, pixelAngle, skyOut)
    out.set(skyOut)
    return
  }
  locate(prepared, ray, found)
  const primitive = prepared.bvh.primitive[found]
  const part = prepared.mesh.part[primitive]
  const length = Math.sqrt(ray[3] * ray[3] + ray[4] * ray[4] + ray[5] * ray[5])
  const facing = Math.abs(hit[3] * ray[3] + hit[4] * ray[4] + hit[5] * ray[5]) / length
  surface[3] = (ray[6] * length * pixelAngle) / Math.sqrt(Math.max(facing, 0.12))
  shadePart(prepared, part, prepared.mesh.cell[primitive])
  sunlight(prepared, part, random, jitter, skyOut)
  out[9] = hit[3]
  out[10] = hit[4]
  out[11] = hit[5]
  out[12] = ray[6]
  const r = surface[7]
  const g = surface[8]
  const b = surface[9]
  out[0] = r * skyOut[0]
  out[1] = g * skyOut[1]
  out[2] = b * skyOut[2]
  const around = 0.5 + 0.5 * hit[8]
  const zenith = light.sky.zenith
  const horizon = light.sky.horizon
  if (indirect) {
    // The relief turns the light a little; the filtered light knows only the large shape.
    const relief = (0.25 + 0.5 * around) / (0.25 + 0.5 * (0.5 + 0.5 * hit[5]))
    out[3] = r * relief
    out[4] = g * relief
    out[5] = b * relief
    gather(prepared, random, out)
  } else {
    for (let k = 0; k < 3; k++) {
      const sky = 0.6 * zenith[k] + 0.4 * horizon[k]
      out[k] += surface[7 + k] * (light.bounce[k] + around * (sky - light.bounce[k]))
    }
  }
  const haze = throughAir(light, ray[6] * length, out)
  for (let k = 3; k < 6; k++) out[k] *= 1 - haze
}

/** Hit point, geometric or smooth normal turned towards the ray's origin, position and normal in the part's frame. */
function locate(prepared: PreparedScene, ray: Ray, found: number): void {
  const { bvh, mesh, frames } = prepared
  const primitive = bvh.primitive[found]
  let nx = bvh.planes[found * 12]
  let ny = bvh.planes[found * 12 + 1]
  let nz = bvh.planes[found * 12 + 2]
  const facing = nx * ray[3] + ny * ray[4] + nz * ray[5] > 0 ? -1 : 1
  const smooth = mesh.normalIndex[primitive]
  if (smooth >= 0) {
    const n = mesh.normals
    const a = 1 - ray[7] - ray[8]
    nx = a * n[smooth] + ray[7] * n[smooth + 3] + ray[8] * n[smooth + 6]
    ny = a * n[smooth + 1] + ray[7] * n[smooth + 4] + ray[8] * n[smooth + 7]
    nz = a * n[smooth + 2] + ray[7] * n[smooth + 5] + ray[8] * n[smooth + 8]
  }
  const length = facing / Math.sqrt(nx * nx + ny * ny + nz * nz)
  nx *= length
  ny *= length
  nz *= length
  hit[0] = ray[0] + ray[6] * ray[3]
  hit[1] = ray[1] + ray[6] * ray[4]
  hit[2] = ray[2] + ray[6] * ray[5]
  hit[3] = nx
  hit[4] = ny
  hit[5] = nz
  const f = mesh.part[primitive] * 12
  const px = hit[0] - frames[f + 9]
  const py = hit[1] - frames[f + 10]
  const pz = hit[2] - frames[f + 11]
  for (let k = 0; k < 3; k++) {
    surface[k] = frames[f + k] * px + frames[f + 3 + k] * py + frames[f + 6 + k] * pz
    surface[4 + k] = frames[f + k] * nx + frames[f + 3 + k] * ny + frames[f + 6 + k] * nz
  }
}

/** Albedo, and the normal after the relief: n minus the tangential part of the height's gradient. */
function shadePart(prepared: PreparedScene, part: number, cell: number): void {
  shadeMaterial(prepared.materials[part], surface, cell, prepared.seeds[part])
  const f = part * 12
  const { frames } = prepared
  const gx = frames[f] * surface[10] + frames[f + 1] * surface[11] + frames[f + 2] * surface[12]
  const gy = frames[f + 3] * surface[10] + frames[f + 4] * surface[11] + frames[f + 5] * surface[12]
  const gz = frames[f + 6] * surface[10] + frames[f + 7] * surface[11] + frames[f + 8] * surface[12]
  const along = 1 + gx * hit[3] + gy * hit[4] + gz * hit[5]
  const nx = along * hit[3] - gx
  const ny = along * hit[4] - gy
  const nz = along * hit[5] - gz
  const length = 1 / Math.sqrt(nx * nx + ny * ny + nz * nz)
  hit[6] = nx * length
  hit[7] = ny * length
  hit[8] = nz * length
}

/** Sunlight on the shading normal, into `out[0..2]`; albedo not yet applied. */
function sunlight(prepared: PreparedScene, part: number, random: number, jitter: boolean, out: Float64Array): void {
  out[0] = 0
  out[1] = 0
  out[2] = 0
  const { toSun, scene } = prepared
  const sun = scene.light.sun
  if (!toSun || !sun) return
  let cosine = hit[6] * toSun[0] + hit[7] * toSun[1] + hit[8] * toSun[2]
  let side = hit[3] * toSun[0] + hit[4] * toSun[1] + hit[5] * toSun[2]
  if (prepared.translucent[part]) {
    cosine = side > 0 ? cosine : -0.55 * cosine
    side = Math.abs(side)
  }
  if (cosine <= 0 || side <= 0) return
  const spread = jitter ? (sun.radiusDeg * Math.PI) / 180 : 0
  const h = hash32(random ^ 0x3c6ef372)
  aim(toSun, spread * ((h & 0xffff) / 32768 - 1), spread * ((h >>> 16) / 32768 - 1))
  if (anyHit(prepared.bvh, shadow)) return
  out[0] = cosine * sun.color[0]
  out[1] = cosine * sun.color[1]
  out[2] = cosine * sun.color[2]
}

/** Points the shadow ray from the hit towards the sun, off its middle by (a, b) radians. */
function aim(toSun: readonly [number, number, number], a: number, b: number): void {
  const above = hit[3] * toSun[0] + hit[4] * toSun[1] + hit[5] * toSun[2] < 0 ? -lift : lift
  shadow[0] = hit[0] + above * hit[3]
  shadow[1] = hit[1] + above * hit[4]
  shadow[2] = hit[2] + above * hit[5]
  shadow[3] = toSun[0] + a
  shadow[4] = toSun[1] - a
  shadow[5] = toSun[2] + b
  shadow[6] = far
}

/** One ray over the hemisphere (cosine-weighted), and the light it finds: sky, or a surface in the sun. Into out[6..8]. */
function gather(prepared: PreparedScene, random: number, out: Sample): void {
  const h = hash32(random ^ 0x51ed270b)
  const k = hash32(h)
  // A point on the unit sphere added to the normal is cosine-distributed.
  let x = 0
  let y = 0
  let z = 0
  let n = 2
  for (let i = 0; n > 1 || n < 1e-6; i++) {
    const a = hash32(h + i * 3)
    const b = hash32(k + i * 7)
    x = a / 0x80000000
    y = b / 0x80000000
    z = hash32(a ^ b ^ 0x1234567) / 0x80000000
    n = x * x + y * y + z * z
  }
  const s = 0.9999 / Math.sqrt(n)
  bounce[0] = hit[0] + lift * hit[3]
  bounce[1] = hit[1] + lift * hit[4]
  bounce[2] = hit[2] + lift * hit[5]
  bounce[3] = hit[3] + s * x
  bounce[4] = hit[4] + s * y
  bounce[5] = hit[5] + s * z
  bounce[6] = far
  const light = prepared.scene.light
  const found = nearestHit(prepared.bvh, bounce)
  if (found < 0) {
    const length = Math.sqrt(bounce[3] * bounce[3] + bounce[4] * bounce[4] + bounce[5] * bounce[5])
    skyRadiance(light, bounce[3] / length, bounce[4] / length, bounce[5] / length, 0, skyOut)
  } else {
    locate(prepared, bounce, found)
    hit.copyWithin(6, 3, 6)
    const part = prepared.mesh.part[prepared.bvh.primitive[found]]
    sunlight(prepared, part, random ^ 0x777, true, skyOut)
    for (let c = 0; c < 3; c++) {
      skyOut[c] = prepared.meanAlbedo[part * 3 + c] * (skyOut[c] + 0.6 * light.bounce[c])
    }
  }
  out[6] = skyOut[0]
  out[7] = skyOut[1]
  out[8] = skyOut[2]
}
