import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'

export interface CommandRun {
  readonly code: number
  readonly seconds: number
  /** Largest resident size of the process seen, bytes; undefined where /proc has none. */
  readonly peakBytes: number | undefined
  readonly stdout: string
  readonly stderr: string
}

/** No command of a benchmark takes longer on a machine that is good for anything: COLMAP's longest here takes some minutes. */
const LIMIT_SECONDS = 3600

/**
 * Runs a command to its end, watching its memory. Rejects where it cannot be started, and where it takes longer than the limit, when
 * it is killed: a benchmark that hangs says nothing.
 */
export function runCommand(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
  limitSeconds = LIMIT_SECONDS,
): Promise<CommandRun> {
  return new Promise((resolve, reject) => {
    const started = performance.now()
    const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
    let peakBytes: number | undefined
    const watch = setInterval(() => {
      peakBytes = highWaterMark(child.pid) ?? peakBytes
    }, 100)
    let late = false
    const limit = setTimeout(() => {
      late = true
      child.kill('SIGKILL')
    }, 1000 * limitSeconds)
    const stopWatching = () => {
      clearInterval(watch)
      clearTimeout(limit)
    }
    const out: Buffer[] = []
    const err: Buffer[] = []
    child.stdout.on('data', (d: Buffer) => out.push(d))
    child.stderr.on('data', (d: Buffer) => err.push(d))
    child.on('error', (error) => {
      stopWatching()
      reject(error)
    })
    child.on('close', (code) => {
      stopWatching()
      if (late) {
        reject(new Error(`${command} ${args[0] ?? ''} took longer than ${limitSeconds} s and was ended`))
        return
      }
      resolve({
        code: code ?? -1,
        seconds: (performance.now() - started) / 1000,
        peakBytes,
        stdout: Buffer.concat(out).toString(),
        stderr: Buffer.concat(err).toString(),
      })
    })
  })
}

/** The kernel's own record of the process's largest resident size. */
function highWaterMark(pid: number | undefined): number | undefined {
  try {
    const kilobytes = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    return kilobytes === undefined ? undefined : Number(kilobytes) * 1024
  } catch {
    return undefined
  }
}

/** Whether a command can be started. */
export async function isInstalled(command: string, args: readonly string[]): Promise<boolean> {
  try {
    return (await runCommand(command, args)).code === 0
  } catch {
    return false
  }
}
