const PIECE = 1 << 16

/** A text grown line by line and encoded piece by piece: neither one giant string nor one `encode` a line. */
export class Utf8Text {
  readonly #encoder = new TextEncoder()
  readonly #pieces: Uint8Array[] = []
  #pending = ''

  add(text: string): void {
    this.#pending += text
    if (this.#pending.length >= PIECE) this.#flush()
  }

  bytes(): Uint8Array {
    this.#flush()
    const all = new Uint8Array(this.#pieces.reduce((sum, piece) => sum + piece.length, 0))
    let at = 0
    for (const piece of this.#pieces) {
      all.set(piece, at)
      at += piece.length
    }
    return all
  }

  #flush(): void {
    this.#pieces.push(this.#encoder.encode(this.#pending))
    this.#pending = ''
  }
}
