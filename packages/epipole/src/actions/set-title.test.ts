import path from 'node:path'
import { expect, test } from 'vitest'
import { setTitle } from './set-title.js'

test.each([
  ['/data/church', 'church'],
  ['/data/church/', 'church'],
  ['/data/church/images', 'church'],
  ['/data/church/Photos', 'church'],
  ['/images', 'images'],
  ['/', 'photos'],
  ['church', 'church'],
  ['images', path.basename(process.cwd())],
])('%s is called %s', (folder, title) => {
  expect(setTitle(folder)).toBe(title)
})
