import { EpipoleError } from '../errors.js'
import { type PlainError, taskError, toPlainError } from './plain-error.js'
import { nodeProcess, type TaskPort, type Tasks, Transferring } from './worker.js'

/** Caller to worker: run a task, or give one up. */
export type Request =
  | { readonly id: number; readonly task: string; readonly payload: unknown }
  | { readonly abort: number }

/** Worker to caller. */
export type Answer =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: PlainError }

/** Serves the tasks to the pool that started this worker; the one call of a worker file. */
export function serveTasks(tasks: Tasks, port: TaskPort = callerPort()): void {
  const running = new Map<number, AbortController>()
  port.addEventListener('message', ({ data }) => {
    const request = data as Request
    if ('abort' in request) running.get(request.abort)?.abort()
    else void serve(request)
  })

  async function serve({ id, task, payload }: Exclude<Request, { abort: number }>): Promise<void> {
    const controller = new AbortController()
    running.set(id, controller)
    try {
      const result = await runTask(tasks, task, payload, controller.signal)
      if (result instanceof Transferring) port.postMessage({ id, value: result.value }, [...result.transfer])
      else port.postMessage({ id, value: result })
    } catch (error) {
      port.postMessage({ id, error: toPlainError(taskError(error, task)) })
    } finally {
      running.delete(id)
    }
  }
}

async function runTask(tasks: Tasks, name: string, payload: unknown, signal: AbortSignal): Promise<unknown> {
  const task = Object.hasOwn(tasks, name) ? tasks[name] : undefined
  if (task === undefined) {
    const known = Object.keys(tasks).join(', ')
    throw new EpipoleError('usage', `There is no task "${name}"; this worker knows ${known || 'none'}.`, { task: name })
  }
  return await task(payload as never, { signal })
}

function callerPort(): TaskPort {
  const parent = nodeProcess()?.getBuiltinModule?.('node:worker_threads').parentPort
  return parent ?? (globalThis as unknown as TaskPort)
}
