import { createPool, defaultWorkers, type Pool } from '@epipole/core'
import type { Device } from '@epipole/graph'
import { createEpipoleWorker } from '#platform'
import { tasks } from '../tasks/tasks.js'

/** What learning runs on: threads that decode images and make batches, and the device of the graphs. */
export interface LearningRuntime {
  readonly pool: Pool<typeof tasks>
  readonly device: Device
}

export interface RuntimeOptions {
  /** Threads; default one a core. */
  readonly workers?: number
  /** Default ONNX Runtime in Node, ended at the end; one that is given stays open. */
  readonly device?: Device
  readonly signal?: AbortSignal
}

/** Opens both for an action, and ends them with it. ONNX Runtime is loaded only here; its first use says how to install it. */
export async function withRuntime<T>(
  { workers = defaultWorkers(), device: given, signal }: RuntimeOptions,
  action: (runtime: LearningRuntime) => Promise<T>,
): Promise<T> {
  const pool = createPool<typeof tasks>({
    workers,
    tasks,
    createWorker: createEpipoleWorker,
    ...(signal && { signal }),
  })
  try {
    const device = given ?? (await import('@epipole/graph/node')).nodeDevice()
    try {
      return await action({ pool, device })
    } finally {
      if (!given) await device.close()
    }
  } finally {
    await pool.close()
  }
}
