import {
  type AvgPool2dOptions,
  adaptiveAvgPool2d as averageAdaptively,
  avgPool2d as averagePool,
  max,
  maxPool2d as maximumPool,
  mean,
  type Pool2dOptions,
  flatten as toRows,
} from '@epipole/graph'
import type { Layer } from './layer.js'

/** The largest of each window; windows tile the image unless a stride is given. */
export const maxPool2d = (options: Pool2dOptions): Layer => ({
  kind: 'maxPool2d',
  options: { ...options },
  forward: (_, x) => maximumPool(x, options),
})

/** The average of each window; padding counts as zeros unless `countPadding` is false. */
export const avgPool2d = (options: AvgPool2dOptions): Layer => ({
  kind: 'avgPool2d',
  options: { ...options },
  forward: (_, x) => averagePool(x, options),
})

/** The average over windows that divide an image of any size into rows × columns. */
export const adaptiveAvgPool2d = (size: number | readonly [number, number]): Layer => ({
  kind: 'adaptiveAvgPool2d',
  options: { size },
  forward: (_, x) => averageAdaptively(x, size),
})

/** The average of each channel: [N, C, H, W] to [N, C]. */
export const globalAveragePool: Layer = { kind: 'globalAveragePool', forward: (_, x) => mean(x, { axes: [2, 3] }) }

/** The largest of each channel: [N, C, H, W] to [N, C]. Ties share the gradient. */
export const globalMaxPool: Layer = { kind: 'globalMaxPool', forward: (_, x) => max(x, { axes: [2, 3] }) }

/** All axes behind the batch joined: [N, C, H, W] to [N, C·H·W]. */
export const flatten: Layer = { kind: 'flatten', forward: (_, x) => toRows(x) }
