import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Row, tableLines } from './rows.js'

/** What a benchmark leaves behind. */
export interface Results {
  /** How it was measured: commands, machine. */
  readonly notes: readonly string[]
  readonly rows: readonly Row[]
}

const FOLDER = path.join(path.dirname(fileURLToPath(import.meta.url)), '../results')

/** Writes `bench/results/<name>.json`. */
export function writeResults(name: string, { notes, rows }: Results, folder = FOLDER): void {
  mkdirSync(folder, { recursive: true })
  writeFileSync(path.join(folder, `${name}.json`), `${JSON.stringify({ notes, rows }, null, 2)}\n`)
}

/** What an earlier run wrote; nothing where there was none. Throws where the file is damaged: numbers are not lost in silence. */
export function readResults(name: string, folder = FOLDER): Results {
  const file = path.join(folder, `${name}.json`)
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return { notes: [], rows: [] }
    throw error
  }
  try {
    const { notes, rows } = JSON.parse(text) as Results
    if (Array.isArray(notes) && Array.isArray(rows)) return { notes, rows }
  } catch {
    // Said below, with the file's name.
  }
  throw new Error(`${file} is not a benchmark's results: remove it, or repair it.`)
}

/** Prints the table and the notes. */
export function printResults({ notes, rows }: Results): void {
  for (const line of [...tableLines(rows), '', ...notes]) console.log(line)
  const bound = rows.filter((r) => r.target !== '')
  console.log(`${bound.filter((r) => r.pass).length} of ${bound.length} targets reached`)
}

/** Prints the rows as a table and writes `bench/results/<name>.json`. */
export function publish(name: string, rows: readonly Row[], notes: readonly string[]): void {
  writeResults(name, { notes, rows })
  printResults({ notes, rows })
}
