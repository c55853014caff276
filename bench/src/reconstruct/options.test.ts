import { expect, test } from 'vitest'
import { benchOptions } from './options.js'
import { caseNames } from './sets.js'

const parse = (...args: string[]) => benchOptions(args, caseNames)

test('all cases and five seeds unless told otherwise', () => {
  expect(parse()).toEqual({ cases: caseNames, seeds: 5, peer: 'timed', singleCamera: false })
  expect(parse('--seeds', '2', '--no-peer')).toMatchObject({ seeds: 2, peer: 'none' })
  expect(parse('--peer-all', '--peer-single-camera')).toMatchObject({ peer: 'all', singleCamera: true })
})

test('names with commas inside', () => {
  const cases = (text: string) => parse('--cases', text).cases
  expect(cases('Herz-Jesus-P8, given')).toEqual(['Herz-Jesus-P8, given'])
  expect(cases('fountain-P11,given,fountain-P11,fox')).toEqual(['fountain-P11, given', 'fountain-P11', 'fox'])
  expect(cases(' fox , embedded sample')).toEqual(['fox', 'embedded sample'])
  expect(cases(caseNames.join(','))).toEqual(caseNames)
})

test('what cannot be meant is refused', () => {
  expect(() => parse('--cases', 'fountain')).toThrow(/no case "fountain".*"fountain-P11"/)
  expect(() => parse('--cases', '')).toThrow(/no case/)
  for (const n of ['0', '-1', '1.5', 'x']) expect(() => parse(`--seeds=${n}`)).toThrow(/whole number/)
  expect(() => parse('--peers')).toThrow(/--peers/)
  expect(() => parse('--no-peer', '--peer-all')).toThrow(/contradicts/)
})
