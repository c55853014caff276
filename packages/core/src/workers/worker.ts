/** A worker thread as Node and browsers both have it: messages in, messages and errors out. */
export interface WorkerLike {
  postMessage(message: unknown, transfer?: readonly Transferable[]): void
  /** At most one listener of each kind; a later call replaces the earlier. */
  onMessage(listener: (message: unknown) => void): void
  /** The worker's code threw outside a task, could not be loaded, or the thread died. */
  onError(listener: (error: Error) => void): void
  terminate(): Promise<void>
}

/** What a task is given beside its payload. */
export interface TaskContext {
  /** Fires when the caller no longer wants the result; a task that awaits between pieces of work may heed it. */
  readonly signal: AbortSignal
}

/**
 * What workers can do, by name. Payloads and results are plain data (structured-cloneable); a task does not modify its
 * payload, which with no workers is the caller's own.
 */
export type Tasks = Readonly<Record<string, (payload: never, context: TaskContext) => unknown>>
export type TaskName<T extends Tasks> = keyof T & string
export type TaskPayload<T extends Tasks, K extends TaskName<T>> = Parameters<T[K]>[0]
/** A task's result, without the wrapper of `transferring`. */
export type TaskResult<T extends Tasks, K extends TaskName<T>> =
  Awaited<ReturnType<T[K]>> extends Transferring<infer R> ? R : Awaited<ReturnType<T[K]>>

/** A task's result with the buffers to move rather than copy. */
export class Transferring<R> {
  readonly value: R
  readonly transfer: readonly Transferable[]
  constructor(value: R, transfer: readonly Transferable[]) {
    this.value = value
    this.transfer = transfer
  }
}

/** Returned by a task: moves these buffers to the caller, so the worker must not keep or share them. */
export function transferring<R>(value: R, transfer: readonly Transferable[]): Transferring<R> {
  return new Transferring(value, transfer)
}

/** What node:os and node:worker_threads are here for, without importing them (bundlers for browsers would stumble). */
interface NodeProcess {
  getBuiltinModule?(name: 'node:os'): { availableParallelism(): number }
  getBuiltinModule?(name: 'node:worker_threads'): { parentPort: TaskPort | null }
}

/** The worker's end of the line. */
export interface TaskPort {
  postMessage(message: unknown, transfer?: Transferable[]): void
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void
}

export function nodeProcess(): NodeProcess | undefined {
  return (globalThis as { process?: NodeProcess }).process
}

/** How many workers are worth starting: the parallelism the machine offers this process. */
export function defaultWorkers(): number {
  const cores = globalThis.navigator?.hardwareConcurrency
  return Math.max(1, cores ?? nodeProcess()?.getBuiltinModule?.('node:os').availableParallelism() ?? 1)
}
