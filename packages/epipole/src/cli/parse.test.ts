import { expect, test } from 'vitest'
import { cameraModel, oneOf, wholeNumber } from './parse.js'

test('whole numbers, and nothing that looks like one', () => {
  expect(wholeNumber(0)('12')).toBe(12)
  expect(wholeNumber(0)('0')).toBe(0)
  for (const bad of ['-1', '1.5', '1e3', '', ' ', '0x10', '99999999999999999999', 'ten']) {
    expect(() => wholeNumber(0)(bad)).toThrow(/whole number/)
  }
  expect(() => wholeNumber(64)('63')).toThrow(/at least 64/)
  expect(() => wholeNumber(0, 256)('1000')).toThrow(/from 0 to 256/)
})

test('words in any case; a near miss is named', () => {
  const parse = oneOf(['auto', 'exhaustive', 'sequential'])
  expect(parse('Exhaustive')).toBe('exhaustive')
  expect(() => parse('exhastive')).toThrow('Did you mean exhaustive?')
  expect(() => parse('zzz')).toThrow(/one of auto, exhaustive, sequential\.$/)
  expect(cameraModel('opencv')).toBe('OPENCV')
  expect(() => cameraModel('SIMPLE_RADAL')).toThrow('Did you mean SIMPLE_RADIAL?')
})
