import { closeSync, constants, copyFileSync, existsSync, mkdtempSync, openSync, readSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { EpipoleError } from '@epipole/core'
import sqlite from 'node-sqlite3-wasm'

export type Database = sqlite.Database
export type Row = Record<string, number | bigint | string | Uint8Array | null>

/** Deletes a database file of ours with all that may lie beside it. */
export function removeOwn(path: string): void {
  for (const suffix of ['', '-journal', '-wal', '-shm', '.lock'])
    rmSync(path + suffix, { recursive: true, force: true })
}

/** The sixteen bytes that every SQLite 3 database begins with. */
const MAGIC = 'SQLite format 3\0'

/** Whether a file begins as an SQLite database does. */
export function isSqliteFile(path: string): boolean {
  const head = Buffer.alloc(MAGIC.length)
  const file = openSync(path, 'r')
  try {
    return readSync(file, head, 0, head.length, 0) === head.length && head.toString('latin1') === MAGIC
  } finally {
    closeSync(file)
  }
}

/**
 * Runs `use` on a private copy of a database. The original is neither locked nor changed, and may be in write-ahead mode, in
 * which COLMAP leaves it: the copy is opened exclusively, so that no shared memory is needed, and takes the log with it.
 */
export function withCopy<T>(path: string, use: (database: Database) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'epipole-database-'))
  try {
    const copy = join(folder, 'copy.db')
    copyFileSync(path, copy, constants.COPYFILE_FICLONE)
    if (existsSync(`${path}-wal`)) copyFileSync(`${path}-wal`, `${copy}-wal`, constants.COPYFILE_FICLONE)
    const database = new sqlite.Database(copy)
    try {
      database.exec('PRAGMA locking_mode = EXCLUSIVE')
      return use(database)
    } finally {
      database.close()
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Any failure below as an `EpipoleError` that names the file. */
export function databaseError(error: unknown, path: string, action: 'read' | 'written'): EpipoleError {
  if (error instanceof EpipoleError) return error
  const reason = error instanceof Error ? error.message : String(error)
  const isSystem = error instanceof Error && 'code' in error
  const damaged = action === 'read' && !isSystem
  const advice = damaged
    ? 'It is damaged or not a COLMAP database.'
    : action === 'read'
      ? 'Does it exist, and may you read it?'
      : 'Is there space left, and may you write there?'
  return new EpipoleError(
    damaged ? 'input' : 'io',
    `The database ${path} cannot be ${action}: ${reason}. ${advice}`,
    { file: path },
    { cause: error },
  )
}
