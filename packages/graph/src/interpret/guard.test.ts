import { expect, test } from 'vitest'
import { gradients } from '../autodiff/gradients.js'
import { f32, trace } from '../graph.js'
import { ndArray } from '../nd-array.js'
import { attention, div, exp, log, mul, sqrt, sub, sum } from '../ops/index.js'
import { withScope } from '../scope.js'
import type { Tensor } from '../tensor.js'
import { interpret } from './interpret.js'

const run = (f: (x: Tensor) => Tensor, x: number[]) =>
  interpret(trace((t) => [f(t)], f32(x.length)).graph, [ndArray(x, [x.length])], { debug: true })

test('the first node that makes NaN or infinity is named, with its layer, its inputs’ range and its line', () => {
  const broken = (x: Tensor) =>
    exp(
      mul(
        withScope('head', () => log(x)),
        2,
      ),
    )
  expect(() => run(broken, [1, 0.5, 0])).toThrow(
    /^log\(f32\[3\] from 0 to 1\) makes -Infinity at element 2 of \[3\] in head at .*guard\.test\.ts:\d+:\d+\.$/,
  )
  expect(() => run((x) => sqrt(sub(x, 1)), [2, 0])).toThrow(/^sqrt\(f32\[2\] from -1 to 1\) makes NaN at element 1/)
  expect(() => run((x) => mul(sub(div(x, 0), div(x, 0)), 2), [1])).toThrow(/^div\(f32\[1\].*makes Infinity/)
})

test('a node of a gradient is named by the line that asked for it', () => {
  expect(() => run((x) => gradients(sum(sqrt(x)), [x])[0], [0])).toThrow(/^div.* in grad at .*guard\.test\.ts/)
})

test('inputs are looked at, masks may be infinite', () => {
  expect(() => run(exp, [0, Number.NaN])).toThrow('Input "" holds NaN at element 1 of [2] at ')
  const { graph } = trace((q) => [attention(q, q, q, { causal: true })], f32(3, 2))
  const [y] = interpret(graph, [ndArray([1, 2, 3, 4, 5, 6], [3, 2])], { debug: true })
  expect([...y.data.slice(0, 2)]).toEqual([1, 2])
})
