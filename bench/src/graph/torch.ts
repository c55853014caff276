import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

/** PyTorch in a process of its own, asked for the times of single repeats, so that both sides take turns. */
export interface Torch {
  readonly version: string
  /** Milliseconds of each repeat of a `train` or `infer` step; the model is made, and warmed up, when first named. */
  times(model: string, what: 'train' | 'infer', repeats: number): Promise<number[]>
  close(): void
}

/** Undefined where `python3` (or `EPIPOLE_PYTHON`) has no torch. */
export async function startTorch(threads: number): Promise<Torch | undefined> {
  const script = new URL('../../src/graph/torch_side.py', import.meta.url).pathname
  const python = process.env.EPIPOLE_PYTHON ?? '/usr/bin/python3'
  const env = { ...process.env, OMP_NUM_THREADS: `${threads}` }
  const child: ChildProcess = spawn(python, [script, `${threads}`], { stdio: ['pipe', 'pipe', 'ignore'], env })
  child.on('error', () => {})
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream })[Symbol.asyncIterator]()
  const first = await lines.next()
  if (first.done) return undefined
  return {
    version: first.value,
    async times(model, what, repeats) {
      child.stdin?.write(`${model} ${what} ${repeats}\n`)
      const { value, done } = await lines.next()
      if (done) throw new Error('PyTorch ended while it was asked.')
      return String(value).split(' ').map(Number)
    },
    close: () => void child.kill(),
  }
}
