import { EpipoleError } from '../errors.js'

const encoder = new TextEncoder()

/** Writes little-endian values into a buffer that grows. A value its type cannot hold is a `usage` error. */
export class BinaryWriter {
  #bytes: Uint8Array<ArrayBuffer>
  #view: DataView
  #length = 0

  /** @param capacity bytes to begin with; a good guess saves copies */
  constructor(capacity = 1024) {
    this.#bytes = new Uint8Array(Math.max(16, capacity))
    this.#view = new DataView(this.#bytes.buffer)
  }

  /** Bytes written so far. */
  get length(): number {
    return this.#length
  }

  u8(value: number): void {
    integer(value, 0, 0xff)
    const at = this.#grow(1)
    this.#view.setUint8(at, value)
  }

  u16(value: number): void {
    integer(value, 0, 0xffff)
    const at = this.#grow(2)
    this.#view.setUint16(at, value, true)
  }

  u32(value: number): void {
    integer(value, 0, 0xffffffff)
    const at = this.#grow(4)
    this.#view.setUint32(at, value, true)
  }

  i32(value: number): void {
    integer(value, -0x80000000, 0x7fffffff)
    const at = this.#grow(4)
    this.#view.setInt32(at, value, true)
  }

  u64(value: number): void {
    integer(value, 0, Number.MAX_SAFE_INTEGER)
    const at = this.#grow(8)
    this.#view.setBigUint64(at, BigInt(value), true)
  }

  i64(value: number): void {
    integer(value, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)
    const at = this.#grow(8)
    this.#view.setBigInt64(at, BigInt(value), true)
  }

  f32(value: number): void {
    const at = this.#grow(4)
    this.#view.setFloat32(at, value, true)
  }

  f64(value: number): void {
    const at = this.#grow(8)
    this.#view.setFloat64(at, value, true)
  }

  bytes(values: Uint8Array): void {
    const at = this.#grow(values.length)
    this.#bytes.set(values, at)
  }

  /** UTF-8 text and a zero byte. */
  cString(text: string): void {
    if (text.includes('\0')) throw new EpipoleError('usage', `${JSON.stringify(text)} holds a zero byte.`, { text })
    this.bytes(encoder.encode(text))
    this.u8(0)
  }

  /** A copy of everything written so far. */
  finish(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.#length)
  }

  /** Makes room for n bytes and returns where; call it before touching the buffer, which it may replace. */
  #grow(n: number): number {
    const at = this.#length
    const needed = at + n
    if (needed > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(needed, this.#bytes.length * 2))
      larger.set(this.#bytes.subarray(0, at))
      this.#bytes = larger
      this.#view = new DataView(larger.buffer)
    }
    this.#length = needed
    return at
  }
}

function integer(value: number, low: number, high: number): void {
  if (!(Number.isInteger(value) && value >= low && value <= high)) {
    throw new EpipoleError('usage', `${value} is not an integer between ${low} and ${high}.`, { value, low, high })
  }
}
