import type { NdArray } from '../nd-array.js'

/** A number for reading: four significant digits, a true minus sign. */
export function showNumber(v: number): string {
  const text = Number.isInteger(v) && Math.abs(v) < 1e6 ? `${v}` : `${Number.parseFloat(v.toPrecision(4))}`
  return Object.is(v, -0) ? '0' : text.replace('-', '−').replace('Infinity', '∞')
}

/** The numbers of a small array, the first ones of a larger. */
export function showArray({ shape, data }: NdArray, most = 4): string {
  if (shape.length === 0) return showNumber(data[0])
  const shown = Array.from(data.slice(0, most), showNumber).join(', ')
  return `[${shown}${data.length > most ? ', …' : ''}]`
}
