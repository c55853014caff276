import { randomStream } from '@epipole/core'
import { add, f32, gradients, interpret, mul, type NdArray, ndArray, sum, trace } from '@epipole/graph'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bind } from '../layers/bind.js'
import { sequential } from '../layers/sequential.js'
import { codebookPerplexity, vectorQuantizer } from './vector-quantizer.js'

/** Output and extras in f64. */
function quantize(x: NdArray, codes: NdArray, axis: number) {
  const layer = vectorQuantizer(codes.shape[0], codes.shape[1], { axis })
  const { graph } = trace(
    ({ x, weight }) => {
      const apply = bind(layer, { params: { weight }, buffers: {} })
      const output = apply(x)
      const { codebookLoss, commitmentLoss, indices, perplexity } = apply.extras()
      return [output, indices, codebookLoss, commitmentLoss, perplexity]
    },
    { x: f32(...x.shape), weight: f32(...codes.shape) },
  )
  return interpret(graph, [x, codes], { precision: 'f64' })
}

const waves = (step: number, shape: readonly number[], f = Math.sin): NdArray => ({
  dtype: 'f32',
  shape,
  data: Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => f(step * i)),
})

// PyTorch 1.13, z = sin(1.3 i) as [2, 3, 2], e = cos(0.9 i) as [4, 3]:
// rows = z.permute(0, 2, 1).reshape(-1, 3); i = torch.cdist(rows, e).argmin(1); q = e[i].reshape(2, 2, 3).permute(0, 2, 1)
// codebook = F.mse_loss(q, z.detach()); commitment = 0.25 * F.mse_loss(z, q.detach()); out = z + (q - z).detach()
// torch.autograd.grad((out * cos(0.3 i)).sum() + codebook + commitment, [z, e])
test('losses and gradients are those of PyTorch', () => {
  const { graph } = trace(
    ({ x, weight, cosines }) => {
      const apply = bind(
        sequential({ quantizer: vectorQuantizer(4, 3) }),
        { params: { quantizer: { weight } }, buffers: {} } as never,
        { training: true },
      )
      const output = apply(x)
      const extras = apply.extras()
      const [codebook, commitment] = [extras['quantizer.codebookLoss'], extras['quantizer.commitmentLoss']]
      const loss = add(add(sum(mul(output, cosines)), codebook), commitment)
      const { 'quantizer.indices': indices, 'quantizer.perplexity': perplexity } = extras
      return [indices, codebook, commitment, perplexity, ...gradients(loss, [x, weight])]
    },
    { x: f32(2, 3, 2), weight: f32(4, 3), cosines: f32(2, 3, 2) },
  )
  const feeds = [waves(1.3, [2, 3, 2]), waves(0.9, [4, 3], Math.cos), waves(0.3, [2, 3, 2], Math.cos)]
  const results = interpret(graph, feeds, { precision: 'f64' })
  const wanted = [
    [0, 0, 0, 1],
    [0.7351502432585963],
    [0.1837875608146491],
    [1.7547653506033232],
    [
      0.9583333333333334, 0.9538180801846556, 0.8209144233909617, 0.5670526296267212, 0.3350138977672125,
      0.08916728845024052, -0.22726278863581167, -0.45388066691792367, -0.797786900431092, -0.8984565239997645,
      -0.9630187827871234, -0.9375811130878069,
    ],
    [
      0.17298307820136702, 0.4774868602100262, -0.07223977554559413, -0.20386175072773555, -0.022462472069185814,
      -0.19959462728423216, 0, 0, 0, 0, 0, 0,
    ],
  ]
  expect(results[0].shape).toEqual([2, 2])
  wanted.forEach((values, i) => {
    expect(results[i].data.length).toBe(values.length)
    values.forEach((v, j) => {
      expect(Math.abs(Number(results[i].data[j]) - v), `${i}, ${j}`).toBeLessThan(1e-9)
    })
  })
})

test('each vector becomes the nearest code, along any axis', () => {
  const cases = fc.record({
    codes: fc.integer({ min: 1, max: 6 }),
    dim: fc.integer({ min: 1, max: 4 }),
    seed: fc.nat(),
  })
  fc.assert(
    fc.property(cases, ({ codes, dim, seed }) => {
      const random = randomStream(seed)
      const draw = (...shape: number[]): NdArray => ({
        ...waves(1, shape),
        data: Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.normal()),
      })
      const [tokens, weight] = [draw(2, 5, dim), draw(codes, dim)]
      const [output, indices] = quantize(tokens, weight, -1)
      const distance = (row: number, code: number) =>
        Array.from({ length: dim }, (_, k) => (tokens.data[row * dim + k] - weight.data[code * dim + k]) ** 2).reduce(
          (a, b) => a + b,
        )
      for (let row = 0; row < 10; row++) {
        const chosen = Number(indices.data[row])
        for (let code = 0; code < codes; code++)
          expect(distance(row, chosen)).toBeLessThanOrEqual(distance(row, code) + 1e-12)
        for (let k = 0; k < dim; k++) expect(output.data[row * dim + k]).toBe(weight.data[chosen * dim + k])
      }
      // The same vectors along axis 1.
      const at = (t: number) => (_: unknown, i: number) => {
        const [n, k, place] = [Math.floor(i / (dim * 5)), Math.floor(i / 5) % dim, i % 5]
        return [tokens, output][t].data[(n * 5 + place) * dim + k]
      }
      const columns: NdArray = { ...tokens, shape: [2, dim, 5], data: Float64Array.from({ length: 10 * dim }, at(0)) }
      const turned = quantize(columns, weight, 1)
      expect([...turned[1].data]).toEqual([...indices.data])
      expect([...turned[0].data]).toEqual(Array.from({ length: 10 * dim }, at(1)))
    }),
    { numRuns: 30 },
  )
})

test('perplexity is the number of codes where they are used alike, 1 where one does it all', () => {
  const of = (indices: readonly number[]) => {
    const { graph } = trace(({ i }) => codebookPerplexity(i, 4), {
      i: { spec: true, dtype: 'i32', shape: [indices.length] },
    })
    return interpret(graph, [ndArray(indices, [indices.length], 'i32')], { precision: 'f64' })[0].data[0]
  }
  expect(of([0, 1, 2, 3, 3, 2, 1, 0])).toBeCloseTo(4, 9)
  expect(of([2, 2, 2])).toBeCloseTo(1, 9)
  expect(of([0, 0, 3, 3])).toBeCloseTo(2, 9)
})

test('what does not fit is refused', () => {
  expect(() => vectorQuantizer(0, 4)).toThrow('0 codes of 4 numbers: both must be whole')
  expect(() => vectorQuantizer(4, 4, { commitment: Number.NaN })).toThrow('β is NaN')
  expect(() => quantize(waves(1, [2, 3, 4]), waves(1, [5, 4]), 1)).toThrow('have 4 numbers, axis 1 of [2,3,4] has 3')
})
