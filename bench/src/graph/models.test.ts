import { f32, type Graph, gradients, i32, type Tensor, trace } from '@epipole/graph'
import { graphCost } from '@epipole/graph/inspect'
import { describe, expect, test } from 'vitest'
import { type Arrays, models } from './models.js'
import { crossEntropy } from './step.js'

const specs = (arrays: Arrays) => Object.fromEntries(Object.entries(arrays).map(([n, a]) => [n, f32(...a.shape)]))

describe('loss and gradients of a benchmark’s network cost at most four times its loss', () => {
  test.each(Object.entries(models))('%s', (_, make) => {
    const model = make()
    const graphs = [false, true].map(
      (backward): Graph =>
        trace(
          ({ weights, statistics, x, label }) => {
            const loss = crossEntropy(model.forward(weights, statistics, x, true).logits, label)
            const wrt: Tensor[] = Object.values(weights)
            return backward ? [loss, ...gradients(loss, wrt)] : [loss]
          },
          {
            weights: specs(model.weights),
            statistics: specs(model.statistics),
            x: f32(...model.input),
            label: i32(model.input[0]),
          },
        ).graph,
    )
    const [forward, whole] = graphs.map((graph) => graphCost(graph).flops)
    expect(whole / forward).toBeLessThan(4)
    expect(whole / forward).toBeGreaterThan(2)
  })
})
