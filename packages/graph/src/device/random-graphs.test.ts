import { randomStream } from '@epipole/core'
import { expect, test } from 'vitest'
import { gradients } from '../autodiff/gradients.js'
import { randomGraph } from '../autodiff/random-graphs.test-support.js'
import { f32, trace } from '../graph.js'
import { ndArray } from '../nd-array.js'
import * as ops from '../ops/index.js'
import { sizeOf } from '../shape.js'
import { disagreement } from './agreement.test-support.js'
import { nodeDevice } from './node.node.js'

test('random graphs with their gradients and the gradients of those are what the interpreter says', async () => {
  const device = nodeDevice({ worker: false, threads: 1 })
  const random = randomStream(11)
  const wrong: string[] = []
  for (let count = 0; count < 120; count++) {
    const { shapes, f, used } = randomGraph(random)
    const { graph } = trace(
      (xs) => {
        const y = f(xs)
        const slopes = gradients(y, xs)
        const size = slopes.map((g) => ops.mean(ops.square(g))).reduce((a, b) => ops.add(a, b))
        return [y, ...slopes, ...gradients(size, xs)]
      },
      shapes.map((s) => f32(...s)),
    )
    const feeds = shapes.map((s) =>
      ndArray(
        Float32Array.from({ length: sizeOf(s) }, () => random.normal()),
        s,
      ),
    )
    const step = await device.compile(graph)
    wrong.push(...disagreement({ op: 'all', title: `graph ${count}: ${used}`, graph, feeds }, await step.run(feeds)))
    await step.close()
  }
  await device.close()
  expect(wrong).toEqual([])
})
