import { expect, test } from 'vitest'
import { commandNote, generalNotes, mergeNotes } from './notes.js'
import { dataFolder } from './sets.js'

const isPeers = (note: string) => note.includes(' peer ')

test('notes of a case that ran again are replaced, its peer’s commands stay until they run again', () => {
  const earlier = ['old general note', 'a: 5 seeds', 'a: run peer x', 'a, given: 5 seeds', 'c: 5 seeds']
  const merged = mergeNotes(earlier, ['b: 2 seeds', 'a: 2 seeds'], ['a', 'a, given', 'b', 'c'], isPeers)
  expect(merged).toEqual([
    ...generalNotes,
    'a: 2 seeds',
    'a: run peer x',
    'a, given: 5 seeds',
    'b: 2 seeds',
    'c: 5 seeds',
  ])
  expect(mergeNotes(merged, ['a: 3 seeds', 'a: run peer x'], ['a'], isPeers)).toEqual([
    ...generalNotes,
    'a: 3 seeds',
    'a: run peer x',
  ])
})

test('commands can be typed again elsewhere', () => {
  const words = ['mapper', '--image_path', `${dataFolder()}/sfm/fox/images`, '--output_path', '/tmp/x-1/sparse', 'a b']
  expect(commandNote(words, '/tmp/x-1')).toBe(
    'mapper --image_path $EPIPOLE_DATA/sfm/fox/images --output_path $OUT/sparse "a b"',
  )
})
