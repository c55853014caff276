import { expect, test } from 'vitest'
import { nearestName } from './nearest-name.js'

test('by edits, within a third of the word', () => {
  expect(nearestName('sift', ['sift'])).toBe('sift')
  expect(nearestName('Wrold', ['camera', 'world'])).toBeUndefined()
  expect(nearestName('wold', ['camera', 'world'])).toBe('world')
  expect(nearestName('tfis', ['sift'])).toBeUndefined()
  expect(nearestName('', ['sift'])).toBeUndefined()
  expect(nearestName('left', [])).toBeUndefined()
})
