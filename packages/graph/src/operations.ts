/** All operations, as gradient rules receive them. */
export type Operations = typeof import('./ops/index.js')
