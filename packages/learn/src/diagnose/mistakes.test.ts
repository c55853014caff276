import { expect, test } from 'vitest'
import { commonestMistakes } from './mistakes.js'

test('the commonest mistakes come first; what is right, and what never happened, is none', () => {
  const counts = Int32Array.of(90, 2, 0, 7, 50, 1, 0, 0, 99)
  expect(commonestMistakes(counts, 3, 2)).toEqual([
    { truth: 1, said: 0, times: 7 },
    { truth: 0, said: 1, times: 2 },
  ])
  expect(commonestMistakes(counts, 3, 9)).toHaveLength(3)
  expect(commonestMistakes(Int32Array.of(5), 1, 9)).toEqual([])
})
