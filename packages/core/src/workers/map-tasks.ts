import { throwIfAborted } from '../abort.js'
import type { EpipoleError } from '../errors.js'
import { taskError } from './plain-error.js'
import type { Pool } from './pool.js'
import type { TaskName, TaskPayload, TaskResult, Tasks } from './worker.js'

/** One task to run: what `map` makes of an item. */
export interface TaskCall<T extends Tasks, K extends TaskName<T>> {
  readonly task: K
  readonly payload: TaskPayload<T, K>
  readonly transfer?: readonly Transferable[]
  readonly priority?: number
}

export interface MapOptions<I, R> {
  /** Called as each result arrives, in no particular order; awaited before more work is taken, so it may write to disk. */
  readonly onDone?: (result: R, item: I, index: number) => void | Promise<void>
  /** Turns the failure of an item into its result; without it the first failure ends the map. Cancelling is no failure. */
  readonly recover?: (error: EpipoleError, item: I, index: number) => R
  readonly signal?: AbortSignal | undefined
}

/**
 * Two items a worker are under way at a time: one computes while the other is read, sent or stored. The first failure stops
 * taking items, cancels what runs, and is what the promise rejects with once nothing runs any more.
 */
export async function mapTasks<T extends Tasks, I, K extends TaskName<T>>(
  pool: Pool<T>,
  items: readonly I[],
  toTask: (item: I, index: number) => TaskCall<T, K> | Promise<TaskCall<T, K>>,
  { onDone, recover, signal }: MapOptions<I, TaskResult<T, K>>,
): Promise<TaskResult<T, K>[]> {
  const results: TaskResult<T, K>[] = new Array(items.length)
  const stop = new AbortController()
  const stopped = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal
  let next = 0

  async function one(item: I, index: number): Promise<TaskResult<T, K>> {
    let task = 'map'
    try {
      const call = await toTask(item, index)
      task = call.task
      return await pool.run(call.task, call.payload, {
        signal: stopped,
        ...(call.transfer && { transfer: call.transfer }),
        ...(call.priority !== undefined && { priority: call.priority }),
      })
    } catch (error) {
      const failure = taskError(error, task)
      if (!recover || failure.code === 'aborted') throw failure
      return recover(failure, item, index)
    }
  }

  async function lane(): Promise<void> {
    while (next < items.length) {
      throwIfAborted(stopped)
      const index = next++
      const item = items[index] as I
      const result = await one(item, index)
      results[index] = result
      await onDone?.(result, item, index)
    }
  }

  let failure: { error: unknown } | undefined
  const lanes = Array.from({ length: Math.max(1, 2 * pool.workers) }, () =>
    lane().catch((error: unknown) => {
      failure ??= { error }
      stop.abort()
    }),
  )
  await Promise.all(lanes)
  if (failure) throw failure.error
  return results
}
