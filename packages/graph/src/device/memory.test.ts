import { expect, test } from 'vitest'
import { gradients } from '../autodiff/gradients.js'
import { f32 } from '../graph.js'
import { ndArray, zerosArray } from '../nd-array.js'
import { matmul, mean, mul, sub } from '../ops/index.js'
import { compileStep } from './compile.js'
import type { Device } from './device.js'
import { interpreterDevice } from './interpreter-device.js'
import { nodeDevice } from './node.node.js'
import type { Runtime } from './runtime.js'
import { SessionCache } from './session-cache.js'
import { webDevice } from './web.js'

const devices: [name: string, device: () => Device][] = [
  ['natively, in the calling thread', () => nodeDevice({ worker: false, threads: 1 })],
  ['in WebAssembly', () => webDevice({ worker: false })],
  ['in the interpreter', () => interpreterDevice()],
]
/** Of the process: heaps of all threads, buffers and what runtimes take for themselves are in it. */
const megabytes = () => process.memoryUsage().rss / 2 ** 20

test.each(devices)('ten thousand steps leave memory as it was: %s', async (_, open) => {
  const device = open()
  const step = await compileStep(
    ({ w }, { x }) => {
      const error = sub(matmul(x, w), 1)
      const loss = mean(mul(error, error))
      return { state: { w: sub(w, mul(gradients(loss, [w])[0], 0.1)) }, outputs: { loss, error } }
    },
    { state: { w: zerosArray([64, 4]) }, feeds: { x: f32(32, 64) }, device },
  )
  // A step's state, feeds and results are 10 kB: 100 MB over all steps, if nothing were freed. (In a worker: tests/graph-device.test.ts.)
  const run = async (steps: number) => {
    for (let i = 0; i < steps; i++)
      await step.run({ x: ndArray(new Float32Array(32 * 64).fill(0.1 + 1e-5 * i), [32, 64]) })
    return megabytes()
  }
  const before = await run(3000)
  const after = await run(10_000)
  expect(after - before).toBeLessThan(40)
  await device.close()
})

/** A runtime that only makes sessions. */
const runtimeOf = (create: Runtime['InferenceSession']['create']): Runtime => ({
  writesIntoTensors: true,
  sessionOptions: {},
  Tensor: class {
    readonly data = 0
    readonly dims = []
  },
  InferenceSession: { create },
})

test('sessions are shared by equal models, and idle ones are kept to a number', async () => {
  const alive = new Set<string>()
  const runtime = runtimeOf(async (model) => {
    const key = `${model}`
    expect(alive.has(key)).toBe(false)
    alive.add(key)
    return { run: async () => ({}), release: async () => void alive.delete(key) }
  })
  const cache = new SessionCache(2)
  const model = (i: number) => Uint8Array.of(1, 2, 3, 4, i)
  // (Asked for twice at once, it is made once.)
  const [a] = await Promise.all([cache.open(runtime, model(0)), cache.open(runtime, model(0))])
  for (let i = 1; i < 6; i++) await cache.close(await cache.open(runtime, model(i)))
  // The one in use, and the two used last.
  expect([...alive].map((key) => key.at(-1)).sort()).toEqual(['0', '4', '5'])
  await cache.close(a)
  expect(alive.has(`${model(0)}`)).toBe(true)
  await cache.close(a)
  for (let i = 6; i < 8; i++) await cache.close(await cache.open(runtime, model(i)))
  expect([...alive].map((key) => key.at(-1)).sort()).toEqual(['6', '7'])
  await cache.end()
  expect(alive.size).toBe(0)
})

test('a session that cannot be made is forgotten', async () => {
  let good = false
  const runtime = runtimeOf(async () => {
    if (!good) throw new Error('no such operator')
    return { run: async () => ({}), release: async () => {} }
  })
  const cache = new SessionCache()
  await expect(cache.open(runtime, Uint8Array.of(1))).rejects.toThrow('no such operator')
  good = true
  await cache.close(await cache.open(runtime, Uint8Array.of(1)))
  await cache.end()
})
