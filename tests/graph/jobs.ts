import { type NdArray, ndArray } from '@epipole/graph'
import type { Runtime } from '../../packages/graph/dist/device/runtime.js'
import { runtimeTasks } from '../../packages/graph/dist/device/runtime-tasks.js'

/** What the test hands over: JSON, with the numbers of typed arrays as lists. */
export interface Plain {
  readonly dtype: NdArray['dtype']
  readonly shape: readonly number[]
  readonly data: readonly number[]
}
export interface Job {
  readonly model: string
  readonly inputs: readonly Omit<Plain, 'data'>[]
  readonly outputs: readonly Omit<Plain, 'data'>[]
  readonly feeds: readonly Plain[]
}

const fromPlain = ({ dtype, shape, data }: Plain): NdArray => ndArray(data.map(Number), shape, dtype)
// JSON has no infinities.
const toPlain = ({ dtype, shape, data }: NdArray) => ({ dtype, shape, data: Array.from(data, String) })

/** Runs lowered models in a page as a device's worker does: their results, or what went wrong. */
export async function jobsIn(load: () => Promise<Runtime>, jobs: readonly Job[]) {
  const tasks = runtimeTasks(load)
  const results = []
  for (const { model, inputs, outputs, feeds } of jobs) {
    try {
      const bytes = Uint8Array.from(atob(model), (c) => c.charCodeAt(0))
      const id = await tasks.compile({ model: bytes, inputs, outputs, state: [] })
      const { value } = await tasks.run({ id, feeds: feeds.map(fromPlain) })
      results.push(value.map(toPlain))
      await tasks.release({ id })
    } catch (error) {
      results.push(String(error))
    }
  }
  await tasks.end()
  return results
}
export type JobResult = Awaited<ReturnType<typeof jobsIn>>[number]
