import { isEpipoleError } from '@epipole/core'
import { expect, it } from 'vitest'
import { cameraCenter, transformPoint } from '../math/rigid.js'
import { lookAt } from './look-at.js'

it('puts the target on the optical axis at its distance, the centre where it is, and down downwards', () => {
  const camFromWorld = lookAt([1, 2, 3], [4, 2, 7])
  expect([...transformPoint(camFromWorld, [4, 2, 7])].map((v) => Math.abs(v).toFixed(12))).toEqual([
    '0.000000000000',
    '0.000000000000',
    '5.000000000000',
  ])
  expect([...cameraCenter(camFromWorld)].map((v) => v.toFixed(12))).toEqual([
    '1.000000000000',
    '2.000000000000',
    '3.000000000000',
  ])
  expect(transformPoint(camFromWorld, [4, 3, 7])[1]).toBeCloseTo(1, 12)
})

it('takes a world with z up', () => {
  const camFromWorld = lookAt([5, 0, 1], [0, 0, 1], [0, 0, -1])
  const above = transformPoint(camFromWorld, [0, 0, 2])
  expect([...above].map((v) => Math.round(v * 1e9) / 1e9 + 0)).toEqual([0, -1, 5])
})

it('refuses where no direction lies across', () => {
  const refused = (run: () => unknown) => {
    try {
      run()
    } catch (error) {
      return isEpipoleError(error) && error.code === 'usage'
    }
    return false
  }
  expect(refused(() => lookAt([1, 1, 1], [1, 1, 1]))).toBe(true)
  expect(refused(() => lookAt([0, 0, 0], [0, -3, 0]))).toBe(true)
  expect(refused(() => lookAt([0, 0, 0], [0, 0, Number.NaN]))).toBe(true)
})
