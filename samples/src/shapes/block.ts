import { cross, type MeshSink, subtract, unit, type Vec } from '../trace/mesh.js'

/** A flat quadrilateral, counter-clockwise seen from outside: one primitive if it is a parallelogram, else two. */
export function quad(sink: MeshSink, a: Vec, b: Vec, c: Vec, d: Vec, cell: number): void {
  const skew = Math.max(
    Math.abs(a[0] - b[0] + c[0] - d[0]),
    Math.abs(a[1] - b[1] + c[1] - d[1]),
    Math.abs(a[2] - b[2] + c[2] - d[2]),
  )
  if (skew < 1e-9) {
    sink.parallelogram(a, subtract(b, a), subtract(d, a), cell)
  } else {
    sink.triangle(a, b, c, cell)
    sink.triangle(a, c, d, cell)
  }
}

/** Eight corners of a hexahedron; bit 0 of the index is the x side, bit 1 the y side, bit 2 the z side. */
export type Corners = readonly [Vec, Vec, Vec, Vec, Vec, Vec, Vec, Vec]

export function boxCorners(min: Vec, max: Vec): Corners {
  return Array.from(
    { length: 8 },
    (_, i): Vec => [i & 1 ? max[0] : min[0], i & 2 ? max[1] : min[1], i & 4 ? max[2] : min[2]],
  ) as unknown as Corners
}

/** The corners of a face, counter-clockwise from outside. */
function faceCorners(axis: number, side: number): number[] {
  const u = 1 << ((axis + 1) % 3)
  const v = 1 << ((axis + 2) % 3)
  const base = side << axis
  const loop = [base, base + u, base + u + v, base + v]
  return side ? loop : loop.reverse()
}

/** A hexahedron whose edges are cut off by `bevel` (metres along each face; 0: sharp edges). */
export function block(sink: MeshSink, corners: Corners, bevel: number, cell: number): void {
  const inset: Vec[][] = []
  for (let axis = 0; axis < 3; axis++) {
    for (let side = 0; side < 2; side++) {
      const loop = faceCorners(axis, side)
      const points: Vec[] = []
      for (let i = 0; i < 4; i++) {
        const p = corners[loop[i]]
        const next = unit(subtract(corners[loop[(i + 1) % 4]], p))
        const previous = unit(subtract(corners[loop[(i + 3) % 4]], p))
        points[loop[i]] = [
          p[0] + bevel * (next[0] + previous[0]),
          p[1] + bevel * (next[1] + previous[1]),
          p[2] + bevel * (next[2] + previous[2]),
        ]
      }
      inset[axis * 2 + side] = points
      quad(sink, points[loop[0]], points[loop[1]], points[loop[2]], points[loop[3]], cell)
    }
  }
  if (bevel > 0) bevels(sink, corners, inset, cell)
}

function bevels(sink: MeshSink, corners: Corners, inset: readonly Vec[][], cell: number): void {
  const center: Vec = [0, 1, 2].map((k) => corners.reduce((s, c) => s + c[k] / 8, 0)) as unknown as Vec
  const faceAt = (corner: number, axis: number) => inset[axis * 2 + ((corner >> axis) & 1)][corner]
  for (let i = 0; i < 8; i++) {
    outward(sink, [faceAt(i, 0), faceAt(i, 1), faceAt(i, 2)], center, cell)
    for (let axis = 0; axis < 3; axis++) {
      const j = i | (1 << axis)
      if (j === i) continue
      const a = (axis + 1) % 3
      const b = (axis + 2) % 3
      outward(sink, [faceAt(i, a), faceAt(j, a), faceAt(j, b), faceAt(i, b)], center, cell)
    }
  }
}

/** Adds a polygon of three or four corners, turned so that it faces away from `center`. */
function outward(sink: MeshSink, points: readonly Vec[], center: Vec, cell: number): void {
  const n = cross(subtract(points[1], points[0]), subtract(points[2], points[0]))
  const away = subtract(points[0], center)
  const p = n[0] * away[0] + n[1] * away[1] + n[2] * away[2] < 0 ? points.toReversed() : points
  if (p.length === 3) sink.triangle(p[0], p[1], p[2], cell)
  else quad(sink, p[0], p[1], p[2], p[3], cell)
}
