type Vec3 = [number, number, number]

/** The value below which `share` of the sorted values lie, linearly interpolated. */
export function quantile(sorted: ArrayLike<number>, share: number): number {
  const at = share * (sorted.length - 1)
  const low = Math.floor(at)
  const a = sorted[low] as number
  const b = sorted[Math.min(low + 1, sorted.length - 1)] as number
  return a + (at - low) * (b - a)
}

export interface SceneBounds {
  readonly centre: Vec3
  /** Half the diagonal of the box that holds the main part of the points; cameras do not count. */
  readonly radius: number
  /** The box, per axis. */
  readonly low: Vec3
  readonly high: Vec3
}

/**
 * Middle and size of the main part of the points, so that neither stray points nor a far background move or shrink the
 * view: per axis the points between Tukey's fences (the quartiles and 1.5 times their distance beyond), without the
 * outermost `share` of them on either side. Without points: of the cameras.
 */
export function sceneBounds(positions: ArrayLike<number>, centres: readonly Vec3[], share = 0.02): SceneBounds {
  const coordinates = positions.length > 0 ? positions : centres.flat()
  const n = coordinates.length / 3
  const [low, high, centre]: Vec3[] = [
    [0, 0, 0],
    [0, 0, 0],
    [0, 0, 0],
  ]
  let square = 0
  for (let k = 0; k < 3 && n > 0; k++) {
    const axis = new Float64Array(n)
    for (let i = 0; i < n; i++) axis[i] = coordinates[3 * i + k] as number
    axis.sort()
    const [first, third] = [quantile(axis, 0.25), quantile(axis, 0.75)]
    const reach = 1.5 * (third - first)
    const main = axis.filter((v) => v >= first - reach && v <= third + reach)
    low[k] = quantile(main, share)
    high[k] = quantile(main, 1 - share)
    centre[k] = (low[k]! + high[k]!) / 2
    square += ((high[k]! - low[k]!) / 2) * ((high[k]! - low[k]!) / 2)
  }
  const radius = Math.sqrt(square)
  return { centre, radius: radius > 0 ? radius : 1, low, high }
}

/**
 * Where to look from first: the unit direction (display frame, y up) from the scene's middle towards the viewer. Over the
 * cameras' shoulders where they stand on one side; where they surround the scene, from the side of the first; a little
 * from above in both cases, so that depth shows.
 */
export function firstDirection(centresInDisplay: readonly Vec3[]): Vec3 {
  const mean: Vec3 = [0, 0, 0]
  let distance = 0
  for (const c of centresInDisplay) {
    for (let k = 0; k < 3; k++) mean[k]! += c[k]! / centresInDisplay.length
    distance += norm(c) / centresInDisplay.length
  }
  const oneSided = norm([mean[0], 0, mean[2]]) > 0.25 * distance
  const from = oneSided ? mean : (centresInDisplay[0] ?? [0, 0, 1])
  const flat = norm([from[0], 0, from[2]])
  const heading: Vec3 = flat > 1e-9 ? [from[0] / flat, 0, from[2] / flat] : [0, 0, 1]
  // A quarter of a right angle aside and above: frusta and surfaces seen edge-on would say nothing of depth.
  const aside = 0.42
  const turned: Vec3 = [heading[0] + aside * heading[2], 0, heading[2] - aside * heading[0]]
  const steepest = from[1] / Math.max(flat, 1e-9)
  const above = Math.max(0.35, Math.min(1.2, steepest + 0.2))
  const raised: Vec3 = [turned[0], above * norm(turned), turned[2]]
  const length = norm(raised)
  return raised.map((v) => v / length) as Vec3
}

/**
 * How far from `target` a viewer must stand, looking along `−direction`, to have (nearly) all spheres in view.
 *
 * @param spheres x, y, z, radius each, display frame
 * @param share of the spheres that must fit; the rest may be outliers
 */
export function viewingDistance(
  spheres: readonly (readonly [number, number, number, number])[],
  direction: Vec3,
  tanHalfVertical: number,
  aspect: number,
  share = 0.96,
): number {
  const right = normalized([direction[2], 0, -direction[0]])
  const up = cross(direction, right)
  const needed = spheres.map(([x, y, z, r]) => {
    const p: Vec3 = [x, y, z]
    const towards = dot(p, direction)
    const vertical = (Math.abs(dot(p, up)) + r) / tanHalfVertical
    const horizontal = (Math.abs(dot(p, right)) + r) / (tanHalfVertical * aspect)
    return towards + Math.max(vertical, horizontal)
  })
  needed.sort((a, b) => a - b)
  return needed.length === 0 ? 3 : Math.max(0.1, quantile(needed, share))
}

/** Median distance of a camera to its nearest neighbour; 0 with fewer than two. */
export function cameraSpacing(centres: readonly Vec3[]): number {
  const nearest = centres.slice(0, 500).map((a, i) => {
    let best = Number.POSITIVE_INFINITY
    for (const [j, b] of centres.entries()) {
      if (i !== j) best = Math.min(best, norm([a[0] - b[0], a[1] - b[1], a[2] - b[2]]))
    }
    return best
  })
  nearest.sort((a, b) => a - b)
  const middle = nearest[nearest.length >> 1]
  return middle === undefined || !Number.isFinite(middle) ? 0 : middle
}

function dot(a: Vec3, b: Vec3): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

function cross(a: Vec3, b: Vec3): Vec3 {
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

function norm(v: Vec3): number {
  return Math.sqrt(dot(v, v))
}

function normalized(v: Vec3): Vec3 {
  const n = norm(v)
  return n > 0 ? [v[0] / n, v[1] / n, v[2] / n] : [1, 0, 0]
}
