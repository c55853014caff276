import { EpipoleError } from '../errors.js'
import { inlineWorker } from './inline-worker.js'
import { type MapOptions, mapTasks, type TaskCall } from './map-tasks.js'
import { fromPlainError } from './plain-error.js'
import type { Answer, Request } from './serve.js'
import type { TaskName, TaskPayload, TaskResult, Tasks, WorkerLike } from './worker.js'

export interface PoolOptions<T extends Tasks> {
  /** How many workers at most (each is started when first needed); 0 runs the tasks in the calling thread, one at a time. */
  readonly workers: number
  /** Starts a worker whose file calls `serveTasks(tasks)`. */
  readonly createWorker: () => WorkerLike
  /** The table the workers serve; it gives the pool its types, and is what runs where there are no workers. */
  readonly tasks: T
  /** Closes the pool when it fires. */
  readonly signal?: AbortSignal | undefined
}

export interface RunOptions {
  /** Buffers of the payload to move rather than copy; the caller must not use them afterwards. */
  readonly transfer?: readonly Transferable[]
  /** Rejects the task with `aborted`; if it runs already, its own signal fires and its result is dropped. */
  readonly signal?: AbortSignal | undefined
  /** Higher goes first; equal ones in the order they came. Default 0. */
  readonly priority?: number
}

/** Runs tasks on worker threads. Results do not depend on how many there are. */
export interface Pool<T extends Tasks> {
  readonly workers: number
  /**
   * One task. Rejects with the `EpipoleError` it threw (same code and details), or an `internal` one if it threw another
   * error or its worker died; a dead worker is replaced.
   */
  run<K extends TaskName<T>>(task: K, payload: TaskPayload<T, K>, options?: RunOptions): Promise<TaskResult<T, K>>
  /** One task an item; results in the items' order. A payload is made only shortly before it is needed. */
  map<I, K extends TaskName<T>>(
    items: readonly I[],
    toTask: (item: I, index: number) => TaskCall<T, K> | Promise<TaskCall<T, K>>,
    options?: MapOptions<I, TaskResult<T, K>>,
  ): Promise<TaskResult<T, K>[]>
  /** Rejects what is queued or running with `aborted` and ends the workers at once. Later tasks are a `usage` error. */
  close(): Promise<void>
}

/** @throws EpipoleError `usage` if `workers` is not a whole number from 0 */
export function createPool<T extends Tasks>(options: PoolOptions<T>): Pool<T> {
  const { workers, createWorker, tasks, signal } = options
  if (!(Number.isInteger(workers) && workers >= 0)) {
    throw new EpipoleError('usage', `A pool of ${workers} workers: give a whole number, 0 for none.`, { workers })
  }
  const scheduler = new Scheduler(Math.max(1, workers), workers === 0 ? () => inlineWorker(tasks) : createWorker)
  const close = () => {
    signal?.removeEventListener('abort', close)
    return scheduler.close(signal?.aborted ? signal.reason : undefined)
  }
  if (signal?.aborted) void close()
  else signal?.addEventListener('abort', close)
  const pool: Pool<T> = {
    workers,
    run: (task, payload, runOptions = {}) => scheduler.run(task, payload, runOptions) as Promise<never>,
    map: (items, toTask, mapOptions = {}) => mapTasks(pool, items, toTask, mapOptions),
    close,
  }
  return pool
}

/** A task that waits or runs. */
interface Job {
  readonly request: Exclude<Request, { abort: number }>
  readonly transfer: readonly Transferable[]
  readonly priority: number
  readonly resolve: (value: unknown) => void
  readonly reject: (error: EpipoleError) => void
}

/** A worker and what it works on. */
interface Seat {
  readonly worker: WorkerLike
  job: Job | undefined
}

class Scheduler {
  readonly #limit: number
  readonly #createWorker: () => WorkerLike
  readonly #queue: Job[] = []
  readonly #seats = new Set<Seat>()
  #nextId = 0
  #closed: EpipoleError | undefined

  constructor(limit: number, createWorker: () => WorkerLike) {
    this.#limit = limit
    this.#createWorker = createWorker
  }

  run(task: string, payload: unknown, { transfer = [], signal, priority = 0 }: RunOptions): Promise<unknown> {
    if (this.#closed) return Promise.reject(this.#closed)
    if (signal?.aborted) return Promise.reject(aborted(task, signal.reason))
    return new Promise((resolve, reject) => {
      const request = { id: this.#nextId++, task, payload }
      const giveUp = () => this.#abort(job, aborted(task, signal?.reason))
      const forget = () => signal?.removeEventListener('abort', giveUp)
      const job: Job = {
        request,
        transfer,
        priority,
        resolve: (value) => {
          forget()
          resolve(value)
        },
        reject: (error) => {
          forget()
          reject(error)
        },
      }
      signal?.addEventListener('abort', giveUp)
      let at = this.#queue.length
      while (at > 0 && (this.#queue[at - 1] as Job).priority < priority) at--
      this.#queue.splice(at, 0, job)
      this.#dispatch()
    })
  }

  async close(reason: unknown): Promise<void> {
    this.#closed ??=
      reason === undefined
        ? new EpipoleError('usage', 'The worker pool is closed.')
        : new EpipoleError('aborted', 'The action was cancelled.', {}, { cause: reason })
    for (const job of this.#queue.splice(0)) job.reject(aborted(job.request.task, reason))
    const seats = [...this.#seats]
    this.#seats.clear()
    for (const { job } of seats) job?.reject(aborted(job.request.task, reason))
    await Promise.all(seats.map(({ worker }) => worker.terminate()))
  }

  /** Gives waiting jobs to free workers, starting workers up to the limit. */
  #dispatch(): void {
    while (this.#queue.length > 0) {
      let seat = [...this.#seats].find(({ job }) => job === undefined)
      if (!seat && this.#seats.size >= this.#limit) return
      const job = this.#queue.shift() as Job
      try {
        seat ??= this.#start()
      } catch (error) {
        job.reject(lost(job, 'could not be started', error))
        continue
      }
      seat.job = job
      try {
        seat.worker.postMessage(job.request, job.transfer)
      } catch (error) {
        seat.job = undefined
        job.reject(
          new EpipoleError(
            'usage',
            `The payload of task "${job.request.task}" cannot be copied.`,
            {},
            { cause: error },
          ),
        )
      }
    }
  }

  #start(): Seat {
    const worker = this.#createWorker()
    const seat: Seat = { worker, job: undefined }
    this.#seats.add(seat)
    worker.onMessage((message) => this.#answered(seat, message as Answer))
    worker.onError((error) => this.#died(seat, error))
    return seat
  }

  #answered(seat: Seat, answer: Answer): void {
    const { job } = seat
    if (job?.request.id !== answer.id) return
    seat.job = undefined
    if ('error' in answer) job.reject(fromPlainError(answer.error))
    else job.resolve(answer.value)
    this.#dispatch()
  }

  #died(seat: Seat, error: Error): void {
    if (!this.#seats.delete(seat)) return
    // It is gone either way; what is left of it may well fail to end in order.
    seat.worker.terminate().catch(() => {})
    if (seat.job) seat.job.reject(lost(seat.job, `died: ${error.message}`, error))
    this.#dispatch()
  }

  /** A waiting job leaves the queue; a running one keeps its worker busy until it heeds its signal or ends. */
  #abort(job: Job, error: EpipoleError): void {
    const at = this.#queue.indexOf(job)
    if (at >= 0) this.#queue.splice(at, 1)
    else for (const seat of this.#seats) if (seat.job === job) seat.worker.postMessage({ abort: job.request.id })
    job.reject(error)
  }
}

function aborted(task: string, reason: unknown): EpipoleError {
  return new EpipoleError('aborted', `Task "${task}" was cancelled.`, { task }, { cause: reason })
}

function lost(job: Job, what: string, cause: unknown): EpipoleError {
  const { task } = job.request
  return new EpipoleError('internal', `The worker for task "${task}" ${what}.`, { task }, { cause })
}
