export { throwIfAborted, yieldToEventLoop } from './abort.js'
export { BinaryReader } from './binary/reader.js'
export { BinaryWriter } from './binary/writer.js'
export {
  acos,
  asin,
  atan,
  atan2,
  cbrt,
  cos,
  cosh,
  exp,
  expm1,
  hypot,
  log,
  log1p,
  log2,
  log10,
  pow,
  sin,
  sincos,
  sinh,
  tan,
  tanh,
} from './elementary.js'
export { EpipoleError, type ErrorCode, isEpipoleError } from './errors.js'
export { type ActionEvent, type OnEvent, StageProgress } from './events.js'
export { nearestName } from './nearest-name.js'
export { philox4x32, RandomStream, randomStream } from './random.js'
export { memoryStore, recordKey, type Store, sha256Hex } from './store.js'
export type { MapOptions, TaskCall } from './workers/map-tasks.js'
export { createPool, type Pool, type PoolOptions, type RunOptions } from './workers/pool.js'
export { serveTasks } from './workers/serve.js'
export {
  defaultWorkers,
  type TaskContext,
  type TaskPort,
  type Tasks,
  transferring,
  type WorkerLike,
} from './workers/worker.js'
