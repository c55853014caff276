import { expect, test } from 'vitest'
import { nodeRuntime } from '../device/node-runtime.node.js'
import { fromRuntime, type RuntimeTensor, toRuntime } from '../device/runtime.js'
import { isFloat } from '../dtype.js'
import { interpret } from '../interpret/interpret.js'
import { ndArray } from '../nd-array.js'
import { fromOnnx } from './from-onnx.js'
import { modelOf, type NodeCase, nodeCases } from './node-cases.test-support.js'

// Each case is run by ONNX Runtime and, after import, by the interpreter. (What these cases leave out is in the ONNX project's own
// tests: npm run conformance:onnx.)

/** Of one case. */
async function compare(given: NodeCase): Promise<void> {
  const { bytes, feeds } = modelOf(given)
  const runtime = await nodeRuntime({ threads: 1 })
  const session = await runtime.InferenceSession.create(bytes, runtime.sessionOptions)
  const names = Array.from({ length: given.outputs ?? 1 }, (_, i) => `y${i}`)
  const results: Readonly<Record<string, RuntimeTensor>> = await session.run(
    Object.fromEntries(feeds.map(({ name, value }) => [name, toRuntime(runtime, value)])),
    Object.fromEntries(names.map((name) => [name, null])),
  )
  const ours = interpret(
    fromOnnx(bytes),
    feeds.map(({ value }) => value),
  )
  names.forEach((name, k) => {
    const theirs = fromRuntime(ours[k].dtype, results[name])
    expect(ours[k].shape).toEqual(theirs.shape)
    const tolerance = isFloat(ours[k].dtype) ? 2e-5 : 0
    theirs.data.forEach((v, i) => {
      const own = ours[k].data[i]
      if (!Object.is(own, v))
        expect(Math.abs(own - v), `${name}[${i}]: ${own}, not ${v}`).toBeLessThanOrEqual(tolerance * (1 + Math.abs(v)))
    })
  })
  await session.release()
}

test.each(nodeCases.map((c) => [`${c.type} ${JSON.stringify(c.attributes)}`, c] as const))('%s', (_, given) =>
  compare(given),
)

// (ONNX Runtime interpolates images only.)
test('one axis alone is interpolated as well', () => {
  const inputs = [ndArray([0, 10], [2]), undefined, undefined, ndArray([4], [1], 'i64')]
  const { bytes, feeds } = modelOf({ type: 'Resize', inputs, attributes: { mode: 'linear' } })
  const [y] = interpret(
    fromOnnx(bytes),
    feeds.map(({ value }) => value),
  )
  expect([...y.data]).toEqual([0, 2.5, 7.5, 10])
})
