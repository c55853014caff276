import { expect, test } from 'vitest'
import { PERCENTS, robustBenchOptions } from './options.js'

test('everything unless told otherwise', () => {
  expect(robustBenchOptions([])).toEqual({
    families: ['H', 'F', 'E', 'PnP'],
    percents: PERCENTS,
    problems: 100,
    budgetMs: 50,
    peers: true,
    real: true,
  })
  const some = robustBenchOptions('--families E,H --percents 10,90 --problems 7 --budget 20 --no-peer'.split(' '))
  expect(some).toMatchObject({ families: ['E', 'H'], percents: [10, 90], problems: 7, budgetMs: 20, peers: false })
})

test('what cannot be is said', () => {
  for (const args of [['--families', 'G'], ['--percents', '15'], ['--problems', '0'], ['--budget', 'x'], ['--peers']]) {
    expect(() => robustBenchOptions(args)).toThrow(args[0])
  }
})
