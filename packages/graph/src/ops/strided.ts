import type { TensorData } from '../dtype.js'
import type { NdArray } from '../nd-array.js'

/** Fills `out` row by row from data[start + Σ index·stride]: what transposing, repeating and slicing are. */
export function gatherStrided(data: TensorData, start: number, strides: readonly number[], out: NdArray): void {
  walkStrided(start, strides, out.shape, (from, i) => {
    out.data[i] = data[from]
  })
}

/** Visits every index of `shape` in row-major order with its place in strided data. */
export function walkStrided(
  start: number,
  strides: readonly number[],
  shape: readonly number[],
  visit: (place: number, i: number) => void,
): void {
  const size = shape.reduce((a, b) => a * b, 1)
  const index = new Array<number>(shape.length).fill(0)
  let place = start
  for (let i = 0; i < size; i++) {
    visit(place, i)
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      place += strides[axis]
      if (++index[axis] < shape[axis]) break
      place -= strides[axis] * shape[axis]
      index[axis] = 0
    }
  }
}
