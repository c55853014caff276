import { type ChildProcess, spawn } from 'node:child_process'
import path from 'node:path'

/** The committed stub, as npm links it. */
export const BIN = path.resolve(import.meta.dirname, '../../packages/epipole/bin/epipole.js')

export interface Finished {
  readonly code: number | null
  readonly killedBy: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

export interface CliOptions {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  /** Arguments of Node itself. */
  readonly node?: readonly string[]
  /** Called once the process runs; may kill it. */
  readonly onStart?: (child: ChildProcess) => void
  /** Called with all of stderr so far, whenever there is more; may kill the process. */
  readonly onStderr?: (text: string, child: ChildProcess) => void
}

/** Runs the command line as a process of its own, without a terminal. */
export function epipole(args: readonly string[], options: CliOptions = {}): Promise<Finished> {
  const { cwd, env = {}, node = [], onStart, onStderr } = options
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...node, BIN, ...args], {
      ...(cwd !== undefined && { cwd }),
      env: { ...process.env, NO_COLOR: '', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    if (onStart) child.once('spawn', () => onStart(child))
    let stdout = ''
    let stderr = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text
      onStderr?.(stderr, child)
    })
    child.on('error', reject)
    child.on('close', (code, killedBy) => resolve({ code, killedBy, stdout, stderr }))
  })
}
