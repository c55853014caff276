import type { OnEvent, Pool, Store } from '@epipole/core'
import type { tasks } from '../tasks/tasks.js'

/** What every stage of a run shares. */
export interface StageContext {
  readonly store: Store
  readonly pool: Pool<typeof tasks>
  readonly signal?: AbortSignal | undefined
  readonly onEvent?: OnEvent | undefined
}
