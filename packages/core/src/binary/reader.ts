import { EpipoleError } from '../errors.js'

/** A byte order mark is part of a name like any other character: what is read is what was written. */
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Reads little-endian values from untrusted bytes. Whatever does not fit or cannot be is refused as an `input` error that
 * names the file and the byte offset of the value (also in `details`), before any memory is asked for.
 */
export class BinaryReader {
  /** What messages call the source. */
  readonly file: string
  readonly #bytes: Uint8Array
  readonly #view: DataView
  #offset = 0

  constructor(bytes: Uint8Array, file: string) {
    this.file = file
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  /** Bytes read so far; the offset of the next value. */
  get offset(): number {
    return this.#offset
  }

  get remaining(): number {
    return this.#bytes.length - this.#offset
  }

  u8(what = 'an unsigned byte'): number {
    return this.#view.getUint8(this.#take(1, what))
  }

  u16(what = 'a 16-bit unsigned integer'): number {
    return this.#view.getUint16(this.#take(2, what), true)
  }

  u32(what = 'a 32-bit unsigned integer'): number {
    return this.#view.getUint32(this.#take(4, what), true)
  }

  i32(what = 'a 32-bit integer'): number {
    return this.#view.getInt32(this.#take(4, what), true)
  }

  /** A 64-bit unsigned integer, refused above 2⁵³ − 1. */
  u64(what = 'a 64-bit unsigned integer'): number {
    const at = this.#take(8, what)
    return this.#safe(this.#view.getBigUint64(at, true), at, what)
  }

  /** A 64-bit signed integer, refused beyond ±(2⁵³ − 1). */
  i64(what = 'a 64-bit integer'): number {
    const at = this.#take(8, what)
    return this.#safe(this.#view.getBigInt64(at, true), at, what)
  }

  f32(what = 'a 32-bit float'): number {
    return this.#view.getFloat32(this.#take(4, what), true)
  }

  f64(what = 'a 64-bit float'): number {
    return this.#view.getFloat64(this.#take(8, what), true)
  }

  /** A 64-bit float that must be finite. */
  finiteF64(what = 'a 64-bit float'): number {
    const at = this.#take(8, what)
    const value = this.#view.getFloat64(at, true)
    if (!Number.isFinite(value)) this.fail(`${what} is ${value}, not a finite number`, at, { value })
    return value
  }

  /** The next n bytes, as a view into the source. */
  bytes(n: number, what = `${n} bytes`): Uint8Array {
    const at = this.#take(n, what)
    return this.#bytes.subarray(at, at + n)
  }

  /** UTF-8 text up to the next zero byte, which is skipped. */
  cString(what = 'a zero-terminated string'): string {
    const at = this.#offset
    const end = this.#bytes.indexOf(0, at)
    if (end < 0) this.fail(`${what} has no end: no zero byte follows`, at)
    this.#offset = end + 1
    try {
      return decoder.decode(this.#bytes.subarray(at, end))
    } catch {
      return this.fail(`${what} is not valid UTF-8`, at)
    }
  }

  /** A 64-bit count of elements of at least `elementSize` bytes each, refused where what remains cannot hold them. */
  count(elementSize: number, what = 'elements'): number {
    const at = this.#offset
    const count = this.u64(`the number of ${what}`)
    return this.checkCount(count, elementSize, what, at)
  }

  /** The same check for a count read in another width; `at` is where it was read. */
  checkCount(count: number, elementSize: number, what = 'elements', at = this.#offset): number {
    if (!(Number.isInteger(count) && count >= 0)) this.fail(`${count} is no number of ${what}`, at, { count })
    if (count * elementSize > this.remaining) {
      this.fail(
        `${count} ${what} of at least ${elementSize} bytes each are announced, but ${this.remaining} bytes remain`,
        at,
        { count, elementSize, remaining: this.remaining },
      )
    }
    return count
  }

  /** Refuses bytes after the last value. */
  expectEnd(): void {
    if (this.remaining > 0) this.fail(`the file should end here, but ${this.remaining} bytes follow`)
  }

  /** Throws the `input` error that names file and offset; for the checks of the format itself. */
  fail(problem: string, at = this.#offset, details: Record<string, unknown> = {}): never {
    throw new EpipoleError('input', `${this.file}, byte ${at}: ${problem}.`, {
      file: this.file,
      offset: at,
      ...details,
    })
  }

  #take(n: number, what: string): number {
    const at = this.#offset
    if (!(Number.isInteger(n) && n >= 0)) this.fail(`${n} is no number of bytes`, at)
    if (n > this.remaining) {
      this.fail(`${what} takes ${n} bytes, but the file ends after ${this.remaining}`, at, {
        remaining: this.remaining,
      })
    }
    this.#offset = at + n
    return at
  }

  #safe(value: bigint, at: number, what: string): number {
    const number = Number(value)
    if (!Number.isSafeInteger(number)) this.fail(`${what} is ${value}, beyond ±(2⁵³ − 1)`, at)
    return number
  }
}
