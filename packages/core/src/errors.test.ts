import { expect, test } from 'vitest'
import { EpipoleError, isEpipoleError } from './errors.js'

test('carries code, details and cause', () => {
  const cause = new RangeError('disk')
  const error = new EpipoleError('io', 'Cannot write a.bin.', { file: 'a.bin' }, { cause })
  expect(error).toBeInstanceOf(Error)
  expect([error.name, error.code, error.message, error.details, error.cause]).toEqual([
    'EpipoleError',
    'io',
    'Cannot write a.bin.',
    { file: 'a.bin' },
    cause,
  ])
  expect(String(error)).toBe('EpipoleError: Cannot write a.bin.')
})

test('is recognised across copies of the package, and nothing else is', () => {
  expect(isEpipoleError(new EpipoleError('usage', 'x'))).toBe(true)
  expect(isEpipoleError(Object.assign(new Error('x'), { name: 'EpipoleError', code: 'input', details: {} }))).toBe(true)
  for (const other of [new Error('x'), { name: 'EpipoleError', code: 'input' }, undefined, 'EpipoleError']) {
    expect(isEpipoleError(other)).toBe(false)
  }
})
