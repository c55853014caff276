/** What every kernel module exports. */
export interface Kernel {
  readonly memory: WebAssembly.Memory
  /** First address that the caller may use. */
  heapBase(): number
}

const PAGE = 65536

/** A compiled kernel module; compiled once per thread, instantiated as often as asked. */
export class KernelModule<K extends Kernel> {
  readonly #base64: string
  #module: Promise<WebAssembly.Module> | undefined

  constructor(base64: string) {
    this.#base64 = base64
  }

  /** A new instance with a memory of its own. */
  async instantiate(): Promise<K> {
    this.#module ??= WebAssembly.compile(bytesOfBase64(this.#base64))
    const instance = await WebAssembly.instantiate(await this.#module, {})
    return instance.exports as unknown as K
  }
}

function bytesOfBase64(base64: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64)
  const bytes = new Uint8Array(text.length)
  for (let i = 0; i < text.length; ++i) bytes[i] = text.charCodeAt(i)
  return bytes
}

/**
 * Hands out addresses of a kernel's memory one after the other. Growing the memory detaches all views of it, so the whole
 * plan is made first, then `commit` grows once, then views are taken.
 */
export class Arena {
  readonly #kernel: Kernel
  #next: number

  constructor(kernel: Kernel) {
    this.#kernel = kernel
    this.#next = kernel.heapBase()
  }

  /** An address, aligned to a cache line, for `bytes` bytes and a cache line of slack on either side. */
  reserve(bytes: number): number {
    const address = Math.ceil(this.#next / 64) * 64 + 64
    this.#next = address + bytes + 64
    return address
  }

  /** Where the next reservation will start: what follows may be laid over by another plan. */
  get mark(): number {
    return this.#next
  }

  rewind(mark: number): void {
    this.#next = mark
  }

  /** Grows the memory so that everything below `end` (default: all that is reserved) exists. */
  commit(end: number = this.#next): void {
    const missing = end - this.#kernel.memory.buffer.byteLength
    if (missing > 0) this.#kernel.memory.grow(Math.ceil(missing / PAGE))
  }
}
