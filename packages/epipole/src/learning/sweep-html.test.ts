import { expect, test } from 'vitest'
import { sweepHtml } from './sweep-html.js'

test('each run in a row, the score by each numeric setting, a line for each combination of the others', () => {
  const run = (rate: number, optimizer: string, score: number | null) => ({
    settings: { rate, optimizer },
    score,
    loss: score === null ? null : 0.5,
    steps: 10,
    seconds: 1,
  })
  const runs = [run(0.1, 'sgd', 0.75), run(0.01, 'sgd', 0.5), run(0.1, '<b>', null), run(0.01, '<b>', 0.25)]
  const html = sweepHtml('digits-sweep', { rate: [0.1, 0.01], optimizer: ['sgd', '<b>'] }, runs)
  expect(html.match(/<tr>/g)).toHaveLength(1 + 4)
  expect(html).toContain('<td>0.1</td><td>&#60;b&#62;</td><td>broke</td><td></td>')
  expect(html.match(/<svg/g)).toHaveLength(1)
  expect(html).toContain('<title>optimizer sgd</title></polyline>')
  // Where one of two runs broke, its line is a point.
  expect(html).toContain('<title>optimizer &#60;b&#62;</title></circle>')
  expect(html).toContain('prefers-color-scheme:dark')
  expect(html).not.toMatch(/<script|https?:|NaN|undefined/)
})

test('a learning curve over seeds is one line of means', () => {
  const run = (fraction: number, seed: number, score: number | null) => ({
    settings: { fraction, seed },
    score,
    loss: null,
    steps: 10,
    seconds: 1,
  })
  const runs = [run(0.5, 0, 0.5), run(0.5, 1, 0.7), run(1, 0, 0.8), run(1, 1, null)]
  const html = sweepHtml('curve', { fraction: [0.5, 1], seed: [0, 1] }, runs)
  expect(html.match(/<polyline/g)).toHaveLength(1)
  expect(html).toContain('by fraction, mean over seeds')
  // From 0.6 up to 0.8, over the whole chart.
  expect(html).toContain('points="56.0,226.0 546.0,14.0"')
})
