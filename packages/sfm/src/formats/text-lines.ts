import { malformed } from './place.js'

const NEWLINE = 10
const CARRIAGE_RETURN = 13

/** The lines of a UTF-8 text, one at a time, so that a file of gigabytes never becomes one string. */
export class TextLines {
  readonly file: string
  readonly #bytes: Uint8Array
  readonly #decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  #at = 0
  /** Number of the line last returned, from 1. */
  line = 0
  /** Whether the line last returned ended with a line break. */
  ended = true

  constructor(bytes: Uint8Array, file: string) {
    this.file = file
    this.#bytes = bytes
    // A byte order mark, as some editors write one.
    if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) this.#at = 3
  }

  /** The next line without its line break; undefined after the last. */
  next(): string | undefined {
    if (this.#at >= this.#bytes.length) return undefined
    const found = this.#bytes.indexOf(NEWLINE, this.#at)
    this.ended = found >= 0
    let end = this.ended ? found : this.#bytes.length
    const start = this.#at
    this.#at = end + 1
    this.line++
    if (end > start && this.#bytes[end - 1] === CARRIAGE_RETURN) end--
    try {
      return this.#decoder.decode(this.#bytes.subarray(start, end))
    } catch {
      throw malformed({ file: this.file, line: this.line, column: 1 }, 'this line is not UTF-8 text')
    }
  }
}

/** The tokens of one line, separated by blanks, each read as what it must be. */
export class Tokens {
  readonly #text: string
  readonly #file: string
  readonly #line: number
  #at = 0
  #start = 0

  constructor(text: string, file: string, line: number) {
    this.#text = text
    this.#file = file
    this.#line = line
    this.#skipBlanks()
  }

  /** Whether nothing but blanks is left. */
  get done(): boolean {
    return this.#at >= this.#text.length
  }

  /** A refusal at the token last read. */
  malformed(problem: string): Error {
    return malformed({ file: this.#file, line: this.#line, column: this.#start + 1 }, problem)
  }

  token(what: string): string {
    this.#start = this.#at
    if (this.done) throw this.malformed(`the line ends where ${what} should be`)
    let end = this.#at
    while (end < this.#text.length && !isBlank(this.#text.charCodeAt(end))) end++
    const token = this.#text.slice(this.#at, end)
    this.#at = end
    this.#skipBlanks()
    return token
  }

  /** A finite decimal number. */
  number(what: string): number {
    const token = this.token(what)
    const value = isDecimal(token) ? Number(token) : Number.NaN
    if (!Number.isFinite(value)) throw this.malformed(`${what} should be a finite number, not "${short(token)}"`)
    return value
  }

  /** A whole number from `least` to `most`. */
  integer(what: string, least: number, most: number): number {
    const token = this.token(what)
    const value = isDecimal(token) ? Number(token) : Number.NaN
    if (!(Number.isInteger(value) && value >= least && value <= most)) {
      throw this.malformed(`${what} should be a whole number from ${least} to ${most}, not "${short(token)}"`)
    }
    return value
  }

  /** Everything after the one blank that ends the token last read: the rest of the line may hold blanks itself. */
  rest(what: string): string {
    let end = this.#start
    while (end < this.#text.length && !isBlank(this.#text.charCodeAt(end))) end++
    this.#start = this.#at
    const rest = this.#text.slice(end + 1)
    if (rest === '') throw this.malformed(`the line ends where ${what} should be`)
    this.#at = this.#text.length
    return rest
  }

  #skipBlanks(): void {
    while (this.#at < this.#text.length && isBlank(this.#text.charCodeAt(this.#at))) this.#at++
  }
}

function isBlank(code: number): boolean {
  return code === 32 || code === 9
}

/** Only digits, signs, points and exponents: `Number` would also take hexadecimal, `Infinity` and the empty string. */
function isDecimal(token: string): boolean {
  for (let i = 0; i < token.length; i++) {
    const c = token.charCodeAt(i)
    const digit = c >= 48 && c <= 57
    if (!digit && c !== 46 && c !== 45 && c !== 43 && c !== 101 && c !== 69) return false
  }
  return token.length > 0
}

function short(token: string): string {
  return token.length > 24 ? `${token.slice(0, 24)}…` : token
}
