import {
  compileStep,
  conv2d,
  f32,
  gradients,
  i32,
  logSoftmax,
  matmul,
  mean,
  mul,
  ndArray,
  neg,
  oneHot,
  relu,
  sub,
  sum,
} from '@epipole/graph'
import { webDevice } from '@epipole/graph/web'
import { webRuntime } from '../../packages/graph/dist/device/web-runtime.js'
import { type Job, jobsIn } from './jobs.js'

const graphInPage = {
  isolated: () => globalThis.crossOriginIsolated,

  /** Runs lowered models as the device's worker does. */
  run: (jobs: readonly Job[]) => jobsIn(() => webRuntime({}), jobs),

  /** A small convolutional network, trained in the device's own worker: the first and the last loss. */
  async train(steps: number) {
    const device = webDevice()
    const wave = (shape: number[], k: number) =>
      ndArray(
        Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => 0.3 * Math.sin(k * (i + 1))),
        shape,
      )
    const step = await compileStep(
      (w, { x, label, rate }) => {
        const h = relu(conv2d(relu(conv2d(x, w.k1, { padding: 1 })), w.k2, { padding: 1, stride: 2 }))
        const logits = matmul(mean(h, { axes: [2, 3] }), w.head)
        const loss = neg(mean(sum(mul(logSoftmax(logits), oneHot(label, 4)), { axes: 1 })))
        const [g1, g2, g3] = gradients(loss, [w.k1, w.k2, w.head])
        const down = (t: typeof g1, g: typeof g1) => sub(t, mul(rate, g))
        return { state: { k1: down(w.k1, g1), k2: down(w.k2, g2), head: down(w.head, g3) }, outputs: { loss } }
      },
      {
        state: { k1: wave([8, 3, 3, 3], 1.3), k2: wave([16, 8, 3, 3], 2.1), head: wave([16, 4], 0.7) },
        feeds: { x: f32(8, 3, 8, 8), label: i32(8), rate: f32() },
        device,
      },
    )
    const feeds = {
      x: wave([8, 3, 8, 8], 5.7),
      label: ndArray(
        Int32Array.from({ length: 8 }, (_, i) => i % 4),
        [8],
      ),
      rate: ndArray([1], []),
    }
    const losses: number[] = []
    for (let i = 0; i < steps; i++) losses.push((await step.run(feeds)).loss.data[0])
    await device.close()
    return losses
  },
}
export type GraphInPage = typeof graphInPage
Object.assign(globalThis, { graphInPage })
