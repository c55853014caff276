import { randomUUID } from 'node:crypto'
import { readdirSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'

/** A place beside the file for its bytes until they are whole: on the same file system, of this process alone. */
export function temporaryBeside(path: string): string {
  return join(dirname(path), `${prefix(path)}${process.pid}-${randomUUID().slice(0, 8)}.tmp`)
}

/** Removes what processes that are gone left beside the file, with locks and journals. */
export function removeLeftovers(path: string): void {
  for (const name of namesIn(dirname(path))) {
    if (!name.startsWith(prefix(path))) continue
    const pid = Number(/^(\d+)-[0-9a-f]{8}\.tmp/.exec(name.slice(prefix(path).length))?.[1])
    if (pid > 0 && !isAlive(pid)) rmSync(join(dirname(path), name), { recursive: true, force: true })
  }
}

function prefix(path: string): string {
  return `.${basename(path)}.`
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
