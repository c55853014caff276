/**
 * Surfaces as flat arrays of primitives: triangles and parallelograms `v0 + a e1 + b e2` (a, b ≥ 0; a + b ≤ 1 or both
 * ≤ 1). A parallelogram is one primitive, so a box costs six.
 */
export interface Mesh {
  readonly count: number
  /** count × 9: v0, e1, e2 in the world. */
  readonly geometry: Float64Array
  /** 1 for a parallelogram, 0 for a triangle. */
  readonly parallelogram: Uint8Array
  /** Index of the part (its frame and material). */
  readonly part: Uint16Array
  /** Hash of the block, leaf or tile this primitive belongs to; same cell, same tint. */
  readonly cell: Int32Array
  /** Index of the first of 9 numbers in `normals`, or −1 for a flat primitive. */
  readonly normalIndex: Int32Array
  /** Unit vertex normals at v0, v0 + e1, v0 + e2. */
  readonly normals: Float64Array
}

/** Where shapes put their primitives, in the part's own frame. */
export interface MeshSink {
  /** Three vertices, counter-clockwise seen from outside; optional vertex normals (9 numbers). */
  triangle(a: Vec, b: Vec, c: Vec, cell: number, normals?: readonly number[]): void
  /** Corner and two edges, `e1 × e2` pointing outside. */
  parallelogram(v0: Vec, e1: Vec, e2: Vec, cell: number): void
}

export type Vec = readonly [number, number, number]

/** Collects primitives of many parts. */
export class MeshBuilder {
  readonly #geometry: number[] = []
  readonly #parallelogram: number[] = []
  readonly #part: number[] = []
  readonly #cell: number[] = []
  readonly #normalIndex: number[] = []
  readonly #normals: number[] = []

  /** A sink whose primitives are turned by `R` (row-major, world-from-part), moved by `origin` and belong to `part`. */
  sink(part: number, R: ArrayLike<number>, origin: Vec): MeshSink {
    const turn = (v: ArrayLike<number>): Vec => [
      R[0] * v[0] + R[1] * v[1] + R[2] * v[2],
      R[3] * v[0] + R[4] * v[1] + R[5] * v[2],
      R[6] * v[0] + R[7] * v[1] + R[8] * v[2],
    ]
    const add = (v0: Vec, e1: Vec, e2: Vec, kind: number, cell: number, normals?: readonly number[]) => {
      const p = turn(v0)
      const area = cross(e1, e2)
      if (area[0] * area[0] + area[1] * area[1] + area[2] * area[2] < 1e-18) return
      const a = turn(e1)
      const b = turn(e2)
      this.#geometry.push(p[0] + origin[0], p[1] + origin[1], p[2] + origin[2], a[0], a[1], a[2], b[0], b[1], b[2])
      this.#parallelogram.push(kind)
      this.#part.push(part)
      this.#cell.push(cell & 0x3fffffff)
      this.#normalIndex.push(normals ? this.#normals.length : -1)
      for (let i = 0; normals && i < 9; i += 3)
        this.#normals.push(...turn([normals[i], normals[i + 1], normals[i + 2]]))
    }
    return {
      triangle: (a, b, c, cell, normals) => add(a, subtract(b, a), subtract(c, a), 0, cell, normals),
      parallelogram: (v0, e1, e2, cell) => add(v0, e1, e2, 1, cell),
    }
  }

  mesh(): Mesh {
    return {
      count: this.#part.length,
      geometry: Float64Array.from(this.#geometry),
      parallelogram: Uint8Array.from(this.#parallelogram),
      part: Uint16Array.from(this.#part),
      cell: Int32Array.from(this.#cell),
      normalIndex: Int32Array.from(this.#normalIndex),
      normals: Float64Array.from(this.#normals),
    }
  }
}

export function subtract(a: Vec, b: Vec): Vec {
  return [a[0] - b[0], a[1] - b[1], a[2] - b[2]]
}

export function cross(a: Vec, b: Vec): Vec {
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

export function unit(a: Vec): Vec {
  const n = Math.sqrt(a[0] * a[0] + a[1] * a[1] + a[2] * a[2])
  return [a[0] / n, a[1] / n, a[2] / n]
}
