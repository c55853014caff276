import { expect, test } from 'vitest'
import { type ActionEvent, StageProgress } from './events.js'

test('a stage tells its start, each item with the time left at its own rate, warnings and its end', () => {
  let now = 1000
  const events: ActionEvent[] = []
  const stage = new StageProgress('features', {
    total: 5,
    unit: 'photo',
    reused: 2,
    onEvent: (event) => events.push(structuredClone(event)),
    now: () => now,
  })
  now += 2000
  stage.advance('a.jpg')
  stage.warn('blurred', 'a.jpg')
  now += 4000
  stage.advance()
  now += 3000
  stage.advance('c.jpg')
  expect(stage.end('12 000 features')).toBe(9)
  expect(events).toEqual([
    { type: 'stage-start', stage: 'features', total: 5, reused: 2, unit: 'photo' },
    // Reused items take no time: 2 s for one fresh photo, two more to go.
    { type: 'progress', stage: 'features', done: 3, total: 5, secondsLeft: 4, item: 'a.jpg' },
    { type: 'warning', stage: 'features', message: 'blurred', item: 'a.jpg' },
    { type: 'progress', stage: 'features', done: 4, total: 5, secondsLeft: 3 },
    { type: 'progress', stage: 'features', done: 5, total: 5, secondsLeft: 0, item: 'c.jpg' },
    { type: 'stage-end', stage: 'features', seconds: 9, summary: '12 000 features' },
  ])
})

test('a stage without a listener still measures', () => {
  let now = 0
  const stage = new StageProgress('mapping', { total: 0, unit: 'image', now: () => now })
  now = 250
  expect(stage.end()).toBe(0.25)
})
