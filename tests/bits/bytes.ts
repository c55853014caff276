/**
 * Any plain value as bytes: equal bytes exactly where all numbers have equal bits and everything has the same shape. All NaN
 * are one, since engines may store different bit patterns for it.
 */
export function bytesOf(value: unknown): Uint8Array {
  const numbers: number[] = []
  append(value, numbers)
  return new Uint8Array(Float64Array.from(numbers, (x) => (Number.isNaN(x) ? CANONICAL_NAN : x)).buffer)
}

const CANONICAL_NAN = -1.23456e-300

function append(value: unknown, out: number[]): void {
  if (typeof value === 'number') out.push(1, value)
  else if (typeof value === 'boolean') out.push(2, value ? 1 : 0)
  else if (typeof value === 'string') out.push(3, value.length, ...Array.from(value, (c) => c.codePointAt(0) as number))
  else if (value === undefined || value === null) out.push(4)
  else if (ArrayBuffer.isView(value) && !(value instanceof DataView)) {
    const elements = value as unknown as ArrayLike<number>
    out.push(5, elements.length)
    for (let i = 0; i < elements.length; i++) out.push(elements[i] as number)
  } else if (Array.isArray(value)) {
    out.push(6, value.length)
    for (const element of value) append(element, out)
  } else if (typeof value === 'object') {
    const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
    out.push(7, entries.length)
    for (const [key, field] of entries) {
      append(key, out)
      append(field, out)
    }
  } else throw new Error(`no bytes for a ${typeof value}`)
}
