import { constant, f32, gradients, interpret, ndArray, sum, type Tensor, trace } from '@epipole/graph'
import { nodeDevice } from '@epipole/graph/node'
import { afterAll, expect, test } from 'vitest'
import { crossEntropy } from './cross-entropy.js'
import { huber, klDivergence, smoothL1 } from './regression.js'

const device = nodeDevice({ worker: false })
afterAll(() => device.close())

const INF = Number.POSITIVE_INFINITY
const masked = ndArray([1, -INF, 2, -INF, 0.5, -INF], [2, 3])
const labels = (a: number, b: number) => constant(ndArray([a, b], [2], 'i32'))
const shares = constant(ndArray([0.5, 0, 0.5, 0, 1, 0], [2, 3]))
const far = ndArray([INF, -INF], [2])

/** The loss (of several, the sum) and its gradient by x. */
async function both(f: (x: Tensor) => Tensor, x: typeof masked) {
  const { graph } = trace(
    ({ x }) => {
      const loss = sum(f(x))
      return [loss, gradients(loss, [x])[0]]
    },
    { x: f32(...x.shape) },
  )
  const executable = await device.compile(graph)
  const results = [interpret(graph, [x], { precision: 'f64' }), await executable.run([x])]
  await executable.close()
  return results.map((pair) => pair.map(({ data }) => [...data]))
}

// PyTorch 1.13, l = [[1, -inf, 2], [-inf, 0.5, -inf]], in f64: F.cross_entropy(l, tensor([0, 1])) and so on, with
// torch.autograd.grad(loss.sum(), l). Where PyTorch says NaN (probabilities of 0 at -inf, kl_div there), 0 · log 0 is 0 here.
const some = 0.36552928931500245
const cases: [string, (x: Tensor) => Tensor, typeof masked, number, number[]][] = [
  ['labels', (x) => crossEntropy(x, labels(0, 1)), masked, 0.6566308437591114, [-some, 0, some, 0, 0, 0]],
  [
    'labels, weights',
    (x) => crossEntropy(x, labels(0, 1), { weights: [1, 2, 3] }),
    masked,
    0.4377538958394076,
    [-0.2436861928766683, 0, 0.2436861928766683, 0, 0, 0],
  ],
  [
    'labels, smoothing: a masked class has a share',
    (x) => crossEntropy(x, labels(0, 1), { smoothing: 0.1 }),
    masked,
    INF,
    [
      -0.3321959559816691, -0.016666666666666666, 0.3488626226483358, -0.016666666666666666, 0.033333333333333326,
      -0.016666666666666666,
    ],
  ],
  [
    'a label that is masked out',
    (x) => crossEntropy(x, labels(1, 1)),
    masked,
    INF,
    [0.13447071068499755, -0.5, some, 0, 0, 0],
  ],
  [
    'probabilities',
    (x) => crossEntropy(x, shares),
    masked,
    // ½ (½ · 1.3132616875182228 + ½ · 0.31326168751822286), by hand
    0.4066308437591114,
    [-0.11552928931500245, 0, 0.11552928931500245, 0, 0, 0],
  ],
  ['huber', (x) => huber(x, constant(ndArray([0, 0], [2]))), far, INF, [0.5, -0.5]],
  ['smoothL1', (x) => smoothL1(x, constant(ndArray([0, 0], [2]))), far, INF, [0.5, -0.5]],
  [
    'klDivergence, nothing wanted where nothing is',
    (x) => klDivergence(x, constant(ndArray([0, 0.6, 0.4], [1, 3])), { reduction: 'sum' }),
    ndArray([-INF, 0, -2], [1, 3]),
    // 0.6 log 0.6 + 0.4 (log 0.4 + 2), by hand
    0.1269883329904389,
    [0, -0.6, -0.4],
  ],
]

test.each(cases)('infinite numbers: %s', async (_, f, x, loss, gradient) => {
  const [exact, onDevice] = await both(f, x)
  for (const [[value, slope], tolerance] of [
    [exact, 1e-7],
    [onDevice, 1e-4],
  ] as const) {
    if (loss === INF) expect(value).toEqual([INF])
    else expect(Math.abs(value[0] - loss)).toBeLessThan(tolerance)
    slope.forEach((v: number, i: number) => {
      expect(Math.abs(v - gradient[i]), `gradient ${i}: ${v}`).toBeLessThan(tolerance)
    })
  }
})
