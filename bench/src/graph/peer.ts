import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface, type Interface } from 'node:readline'

/** A peer in a process of its own, asked for the times of single repeats, so that all sides take turns. */
export interface Peer {
  readonly name: string
  /** What it says of itself; undefined where it is not installed. */
  readonly version: string | undefined
  /**
   * Milliseconds of each repeat of a `train` or `infer` step, or why there are none. The model is made, and warmed up, when first named.
   * A peer that takes longer than `limit` is ended; it starts anew when it is asked again.
   */
  times(model: string, what: 'train' | 'infer', repeats: number): Promise<number[] | string>
  close(): void
}

interface Running {
  readonly child: ChildProcess
  readonly lines: AsyncIterator<string, undefined>
  readonly reader: Interface
}

/**
 * Starts a peer that first says its version in a line and then answers each line `model what repeats` by milliseconds, or by
 * `no <reason>` (`peers/serve.mjs`, `torch_side.py`).
 *
 * @param limit seconds an answer may take
 */
export async function startPeer(
  name: string,
  [command, ...args]: readonly [string, ...string[]],
  { limit, cwd, env = {} }: { limit: number; cwd?: string; env?: Readonly<Record<string, string>> },
): Promise<Peer> {
  const start = (): Running => {
    const child = spawn(command, args, {
      stdio: ['pipe', 'pipe', 'ignore'],
      env: { ...process.env, ...env },
      cwd,
      // A group of its own: what `npx` starts ends with it.
      detached: true,
    })
    child.on('error', () => {})
    child.stdin?.on('error', () => {})
    const reader = createInterface({ input: child.stdout as NodeJS.ReadableStream })
    return { child, reader, lines: reader[Symbol.asyncIterator]() }
  }
  let running: Running | undefined = start()
  const end = () => {
    if (running?.child.pid !== undefined && running.child.exitCode === null) process.kill(-running.child.pid)
    running = undefined
  }
  const answer = async (): Promise<string | undefined> => {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<'late'>((resolve) => {
      timer = setTimeout(resolve, limit * 1000, 'late')
    })
    const next = await Promise.race([running?.lines.next(), late])
    clearTimeout(timer)
    if (next === 'late') end()
    return next === 'late' ? `no answer within ${limit} s` : next?.value
  }
  const version = await answer()
  if (version === undefined || version.startsWith('no ')) running = undefined
  return {
    name,
    version: running && version,
    async times(model, what, repeats) {
      if (version === undefined) return 'not installed'
      if (running === undefined) {
        running = start()
        await answer()
      }
      running?.child.stdin?.write(`${model} ${what} ${repeats}\n`)
      const line = await answer()
      if (line === undefined) return 'ended while it was asked'
      return /^[\d. e-]+$/.test(line) ? line.split(' ').map(Number) : line
    },
    close: end,
  }
}
