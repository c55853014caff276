import { EpipoleError } from '@epipole/core'
import type { Row } from './sqlite.js'

/** One row of an untrusted database: every column read as what it must be, refused with file, table and key otherwise. */
export class RowReader {
  readonly #row: Row
  readonly #file: string
  readonly #where: string

  constructor(row: Row, file: string, table: string, key: string) {
    this.#row = row
    this.#file = file
    this.#where = `table ${table}, ${key} ${String(row[key])}`
  }

  fail(problem: string): never {
    throw new EpipoleError('input', `${this.#file}, ${this.#where}: ${problem}.`, {
      file: this.#file,
      row: this.#where,
    })
  }

  integer(column: string, least: number, most: number): number {
    const value = this.#row[column]
    if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value
    return this.fail(`${column} should be a whole number from ${least} to ${most}, not ${describe(value)}`)
  }

  bigint(column: string): bigint {
    const value = this.#row[column]
    if (typeof value === 'bigint') return value
    if (typeof value === 'number' && Number.isInteger(value)) return BigInt(value)
    return this.fail(`${column} should be a whole number, not ${describe(value)}`)
  }

  text(column: string): string {
    const value = this.#row[column]
    return typeof value === 'string' ? value : this.fail(`${column} should be text, not ${describe(value)}`)
  }

  /** A blob; NULL counts as empty. */
  blob(column: string): Uint8Array {
    const value = this.#row[column]
    if (value === null) return new Uint8Array(0)
    return value instanceof Uint8Array ? value : this.fail(`${column} should be a blob, not ${describe(value)}`)
  }

  /** The blob `data` of a matrix whose columns `rows` and `cols` give the size. */
  matrix(elementSize: number): { rows: number; cols: number; data: Uint8Array } {
    const rows = this.integer('rows', 0, 0x7fffffff)
    const cols = this.integer('cols', 0, 0x7fffffff)
    const data = this.blob('data')
    if (rows * cols * elementSize !== data.length) {
      this.fail(`${rows} × ${cols} elements of ${elementSize} bytes are announced, but there are ${data.length} bytes`)
    }
    return { rows, cols, data }
  }
}

function describe(value: unknown): string {
  if (value === undefined) return 'missing'
  if (value instanceof Uint8Array) return `a blob of ${value.length} bytes`
  return typeof value === 'string' ? `"${value.slice(0, 24)}"` : String(value)
}
