import { expect, test } from 'vitest'
import { matchNames } from './match-names.js'

const matches = (a: string[], b: string[]) => [...matchNames(a, b).bOfA]

test('full paths first, then unique file names', () => {
  expect(matches(['a/1.jpg', 'b/1.jpg', '2.jpg'], ['2.jpg', 'b/1.jpg', 'a/1.jpg'])).toEqual([2, 1, 0])
  expect(matches(['photos/1.jpg', 'photos/2.jpg'], ['2.jpg', '1.jpg'])).toEqual([1, 0])
  expect(matches(['1.jpg'], ['x/1.jpg'])).toEqual([0])
})

test('a file name that several have matches nothing', () => {
  expect(matches(['1.jpg'], ['a/1.jpg', 'b/1.jpg'])).toEqual([-1])
  expect(matches(['a/1.jpg', 'b/1.jpg'], ['1.jpg'])).toEqual([-1, -1])
})

test('one whose namesake matched by full path may still match by file name', () => {
  expect(matches(['a/1.jpg', 'b/1.jpg'], ['a/1.jpg', 'c/1.jpg'])).toEqual([0, 1])
})

test('nothing in common', () => {
  expect(matchNames(['a.jpg'], ['b.jpg'])).toEqual({ bOfA: Int32Array.of(-1), matched: 0 })
  expect(matchNames([], [])).toEqual({ bOfA: new Int32Array(0), matched: 0 })
})
