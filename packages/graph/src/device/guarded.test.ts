import { afterAll, expect, test } from 'vitest'
import { gradients } from '../autodiff/gradients.js'
import { f32, i32, trace } from '../graph.js'
import { ndArray } from '../nd-array.js'
import { gather, log, matmul, mean, mul, square, sub, where } from '../ops/index.js'
import { constant } from '../ops/sources.js'
import { withScope } from '../scope.js'
import { compileStep } from './compile.js'
import { interpreterDevice } from './interpreter-device.js'
import { nodeDevice } from './node.node.js'

const device = nodeDevice({ worker: false, threads: 1 })
afterAll(() => device.close())

/** Gradient descent on the mean of log(w x)²: not a number where w x is below 0. */
const descent = (debug: boolean) =>
  compileStep(
    ({ w }, { x }) => {
      const y = withScope('head', () => log(mul(w, x)))
      const loss = mean(square(y))
      return { state: { w: sub(w, gradients(loss, w)) }, outputs: { loss } }
    },
    { state: { w: ndArray([2, 3], [2]) }, feeds: { x: f32(2) }, device, debug },
  )
const good = { x: ndArray([1, 1], [2]) }
const bad = { x: ndArray([1, -1], [2]) }

test('a run that makes NaN names the first node, its layer, its numbers and the user’s line, and did not happen', async () => {
  const step = await descent(true)
  await step.run(good)
  const before = await step.readState()
  await expect(step.run(bad)).rejects.toThrow(
    /^log\(f32\[2\] from -2\.\d+ to 1\.\d+\) makes NaN at element 1 of \[2\] in head at .*guarded\.test\.ts:\d+:\d+\.$/,
  )
  expect(await step.readState()).toEqual(before)
  const { loss } = await step.run(good)
  expect(loss.data[0]).toBeGreaterThan(0)
  await step.close()
})

test('the state may be what is wrong, and one that is written is the next run’s', async () => {
  const step = await descent(true)
  await step.writeState({ w: ndArray([1, -3], [2]) })
  await expect(step.run(good)).rejects.toThrow(/^log\(f32\[2\] from -3 to 1\) makes NaN/)
  await step.writeState({ w: ndArray([1, Number.NaN], [2]) })
  await expect(step.run(good)).rejects.toThrow('Input "state.w" holds NaN at element 1 of [2]')
})

test('calls that do not wait for each other keep their order', async () => {
  const step = await descent(true)
  const [first, second, after] = await Promise.allSettled([step.run(good), step.run(bad), step.readState()])
  expect([first.status, second.status]).toEqual(['fulfilled', 'rejected'])
  const alone = await descent(false)
  await alone.run(good)
  expect(after).toEqual({ status: 'fulfilled', value: await alone.readState() })
})

test('without the option nothing is looked at; on the interpreter it is the interpreter’s own', async () => {
  const { loss } = await (await descent(false)).run(bad)
  expect(loss.data[0]).toBeNaN()
  const { graph } = trace((x) => [log(x)], f32(1))
  const executable = await interpreterDevice().compile(graph, { debug: true })
  await expect(executable.run([ndArray([0], [1])])).rejects.toThrow('makes -Infinity')
})

test('infinities of masks pass; where the runtime itself stops, the node is named', async () => {
  const seen = constant(ndArray([1, 0], [2], 'bool'))
  const masked = trace((x) => [where(seen, x, Number.NEGATIVE_INFINITY)], f32(2)).graph
  const executable = await device.compile(masked, { debug: true })
  const [y] = await executable.run([ndArray([1, 2], [2])])
  expect([...y.data]).toEqual([1, Number.NEGATIVE_INFINITY])
  const rows = trace(({ x, i }) => [gather(x, i)], { x: f32(3), i: i32(1) }).graph
  const looked = await device.compile(rows, { debug: true })
  await expect(looked.run([ndArray([1, 2, 3], [3]), ndArray([7], [1], 'i32')])).rejects.toThrow(
    /^gather\(f32\[3\], i32\[1\]\) at .*guarded\.test\.ts:\d+:\d+: index 7 is outside an axis of 3\.$/,
  )
})

test('what only the device makes is told as such', async () => {
  const { graph } = trace(({ a, b }) => ({ y: matmul(a, b) }), { a: f32(1, 3), b: f32(3, 1) })
  const executable = await device.compile(graph, { debug: true })
  await expect(executable.run([ndArray([3e38, 3e38, -3e38], [1, 3]), ndArray([1, 1, 1], [3, 1])])).rejects.toThrow(
    /^The device "node" makes Infinity at element 0 of "y", where the interpreter, node by node, makes 3/,
  )
})
