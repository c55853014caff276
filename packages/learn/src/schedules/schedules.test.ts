import { expect, test } from 'vitest'
import {
  batchRamp,
  cosine,
  exponentialRate,
  linearRate,
  multiStepDecay,
  oneCycle,
  plateau,
  plateauStart,
  readRangeTest,
  type Schedule,
  sequence,
  stepDecay,
  times,
  warmUp,
} from './index.js'

// torch 1.13: o = SGD([p], lr=0.1); rates before steps AT, the scheduler stepped after each:
// StepLR(o, 10, 0.5), MultiStepLR(o, [5, 20, 30], 0.3), CosineAnnealingLR(o, 50, 0.001), OneCycleLR(o, 0.1, total_steps=51),
// SequentialLR(o, [LinearLR(o, 0.1, 1.0, 10), CosineAnnealingLR(o, 40)], [10])
const AT = [0, 1, 4, 5, 9, 10, 19, 20, 29, 30, 49]
const TORCH: [string, Schedule, number[]][] = [
  ['StepLR', stepDecay(0.1, 10, 0.5), [0.1, 0.1, 0.1, 0.1, 0.1, 0.05, 0.05, 0.025, 0.025, 0.0125, 0.00625]],
  [
    'MultiStepLR',
    multiStepDecay(0.1, [5, 20, 30], 0.3),
    [0.1, 0.1, 0.1, 0.03, 0.03, 0.03, 0.03, 0.009, 0.009, 0.0026999999999999997, 0.0026999999999999997],
  ],
  [
    'CosineAnnealingLR',
    cosine(0.1, 50, 0.001),
    [
      0.1, 0.09990232305719944, 0.09844486647586721, 0.09757729755661008, 0.09229423231234973, 0.09054634122155988,
      0.06872216535789157, 0.06579634122155989, 0.03818985058533969, 0.035203658778440124, 0.0010976769428005578,
    ],
  ],
  [
    'OneCycleLR',
    oneCycle(0.1, 51),
    [
      0.0040000000000000036, 0.005153696191967469, 0.021371159426160122, 0.03016148993170409, 0.07097596033919783,
      0.08012831158320576, 0.09578403076964509, 0.09384077073908052, 0.06368329477100614, 0.05940380222052323,
      0.0001938734175450346,
    ],
  ],
  [
    'warm-up',
    warmUp(cosine(0.1, 40), 10, 0.1),
    [
      0.010000000000000002, 0.019000000000000003, 0.04600000000000001, 0.055000000000000014, 0.09100000000000004, 0.1,
      0.08802029828000155, 0.08535533905932736, 0.053922954786392245, 0.049999999999999996, 0.0001541333133436018,
    ],
  ],
]
test.each(TORCH)('%s as in PyTorch', (_, schedule, wanted) => {
  AT.forEach((step, i) => {
    expect(schedule(step)).toBeCloseTo(wanted[i], 12)
  })
})

// ReduceLROnPlateau(o, factor=0.5, patience=2, cooldown=1), s.step(m(i)) after step i
test('plateau as ReduceLROnPlateau', () => {
  const m = (i: number) => [1, 0.9, 0.8, 0.8, 0.8, 0.79999, 0.8, 0.7, 0.7, 0.7][i % 10] / (1 + Math.floor(i / 20))
  const rates: number[] = []
  let state = plateauStart
  for (let i = 0; i < 50; i++) {
    rates.push(0.1 * state.scale)
    state = plateau(state, m(i), { factor: 0.5, patience: 2, cooldown: 1 })
  }
  expect(AT.map((i) => rates[i])).toEqual([
    0.1, 0.1, 0.1, 0.1, 0.05, 0.05, 0.00625, 0.00625, 0.003125, 0.003125, 0.0001953125,
  ])
  const up = { mode: 'max', patience: 0, least: 0.2 } as const
  expect([1, 1, 1].reduce((s, measure) => plateau(s, measure, up), plateauStart).scale).toBe(0.2)
})

test('past its end a schedule keeps its last value', () => {
  expect(cosine(1, 10, 0.2)(11)).toBe(0.2)
  expect(linearRate(1, 3, 10)(99)).toBe(3)
  expect(oneCycle(1, 10)(99)).toBeCloseTo(1 / 25e4, 12)
  // A rise of a single step is its top.
  expect(oneCycle(1, 4, { rise: 0.25 })(0)).toBe(1)
  expect(multiStepDecay(1, [2, 4], 0.5)(1e6)).toBe(0.25)
  expect(warmUp(cosine(1, 10, 0.2), 5)(99)).toBe(0.2)
  expect(sequence([{ schedule: linearRate(0, 1, 4), steps: 9 }])(99)).toBe(1)
  expect(exponentialRate(1, 8, 3)(99)).toBe(8)
})

test.each([
  [() => cosine(1, 0), 'steps 0: give a whole number from 1'],
  [() => stepDecay(1, 0.5), 'every 0.5: give a whole number from 1'],
  [() => warmUp(cosine(1, 5), Number.NaN), 'steps NaN'],
  [() => sequence([{ schedule: cosine(1, 5), steps: -1 }]), 'steps -1'],
  [() => exponentialRate(0, 1, 5), 'from 0 to 1: both must be above 0'],
  [() => oneCycle(1, 5, { rise: 1.5 }), 'rise 1.5, divide 25, divideLast 10000: the rise is from 0 to 1'],
  [() => batchRamp([1], { factor: 1.5 }), 'factor 1.5'],
  [() => plateau(plateauStart, 1, { factor: 1 }), 'the factor is between 0 and 1'],
  [() => readRangeTest([1], [1, 2]), '1 rates and 2 losses'],
])('settings that cannot be are refused: %s', (make, message) => expect(make).toThrow(message))

test('a measure that is no number is no improvement, also as the first', () => {
  const after = [Number.NaN, 1, Number.NaN].reduce((s, m) => plateau(s, m, { patience: 5 }), plateauStart)
  expect(after).toEqual({ scale: 1, best: 1, bad: 1, cooling: 0 })
})

test('schedules compose', () => {
  const parts = sequence([
    { schedule: linearRate(0, 1, 4), steps: 4 },
    { schedule: stepDecay(1, 2, 0.5), steps: 4 },
  ])
  expect([0, 2, 4, 5, 6, 8].map(parts)).toEqual([0, 0.5, 1, 1, 0.5, 0.25])
  const { batches, scale } = batchRamp([10, 20], { factor: 2 })
  expect([0, 10, 25].map(batches)).toEqual([1, 2, 4])
  expect([0, 10, 25].map(times(0.1, scale))).toEqual([0.1, 0.2, 0.4])
  expect(batchRamp([10], { factor: 4, scaling: 'sqrt' }).scale(12)).toBe(2)
})

test('a range test finds where the loss falls fastest and where it breaks', () => {
  const rates = Array.from({ length: 101 }, (_, i) => exponentialRate(1e-4, 1e2, 100)(i))
  // Steepest at log10(rate) = −1, exploding above 10.
  const losses = rates.map((rate) => 2 / (1 + Math.exp(4 * (Math.log10(rate) + 1))) + 0.2 + (rate > 10 ? rate : 0))
  const found = readRangeTest(rates, losses, { beta: 0.5 })
  expect(Math.log10(found.steepest as number)).toBeCloseTo(-1, 0)
  expect(found.divergesAt).toBeGreaterThan(10)
  expect(found.divergesAt).toBeLessThan(20)
  expect(readRangeTest([1, 2], [1, 1])).toMatchObject({ steepest: undefined, divergesAt: undefined })
  // Losses may be below 0, and end in NaN.
  expect(readRangeTest([1, 2, 3, 4], [-1, -2, -3, Number.NaN], { beta: 0 })).toMatchObject({
    steepest: 2,
    divergesAt: 4,
  })
})
