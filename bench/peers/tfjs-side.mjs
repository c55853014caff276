// tfjs's side of bench:graph: the perceptron of `src/graph/models.ts` on its WebAssembly backend. In Node it computes with SIMD on one
// thread; in an isolated page of Chromium it reports one as well, and takes as long.
import * as tf from '@tensorflow/tfjs'
import '@tensorflow/tfjs-backend-wasm'
import { noise, serve } from './serve.mjs'

function mlp() {
  const sizes = [784, 512, 512, 10]
  const layers = sizes.slice(1).map((to, i) => {
    const from = sizes[i]
    return [
      tf.variable(tf.tensor2d(noise(from * to, Math.sqrt(1 / from), i + 1), [from, to])),
      tf.variable(tf.zeros([to])),
    ]
  })
  const x = tf.tensor2d(noise(128 * 784, 1, 99), [128, 784])
  const classes = Int32Array.from({ length: 128 }, (_, i) => i % 10)
  const label = tf.cast(tf.oneHot(tf.tensor1d(classes, 'int32'), 10), 'float32')
  const forward = () =>
    layers.reduce((h, [w, b], i) => {
      const y = tf.add(tf.matMul(h, w), b)
      return i < layers.length - 1 ? tf.relu(y) : y
    }, x)
  const loss = () => tf.neg(tf.mean(tf.sum(tf.mul(tf.logSoftmax(forward()), label), -1)))
  const optimizer = tf.train.momentum(1e-3, 0.9)
  const done = async (t) => {
    const values = await t.data()
    t.dispose()
    return values
  }
  return {
    train: async () => void (await done(optimizer.minimize(loss, true))),
    infer: async () => void (await done(tf.tidy(forward))),
  }
}

// (It greets on stdout, which carries the answers.)
console.warn = () => {}
await tf.setBackend('wasm')
await tf.ready()
await serve(`tfjs ${tf.version.tfjs} (wasm)`, (name) => {
  if (name !== 'mlp') throw new Error('only the perceptron is written for it')
  return mlp()
})
