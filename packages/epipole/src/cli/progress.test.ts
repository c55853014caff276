import { StageProgress } from '@epipole/core'
import { expect, test } from 'vitest'
import { recordingTerminal } from '../../test-support/terminal.js'
import { progress } from './progress.js'

function runStages(tty: boolean, env: Record<string, string> = {}, columns = 80) {
  const { terminal, err, out } = recordingTerminal({ tty, env, columns })
  let now = 0
  const onEvent = progress(terminal, () => now)
  const clock = () => now
  const features = new StageProgress('features', { total: 10, reused: 4, unit: 'photos', onEvent, now: clock })
  for (let i = 0; i < 6; i++) {
    now += 500
    features.advance(`photo ${i}.jpg`)
    if (i < 7) features.warn(`odd value ${i}`, `photo\u001b[2J ${i}.jpg`)
  }
  features.end('1 234 features')
  const matching = new StageProgress('matching', { total: 3, reused: 3, unit: 'pairs', onEvent, now: clock })
  matching.end()
  return { err: err(), out: out() }
}

test('without a terminal: one line a stage, warnings, and nothing that moves the cursor', () => {
  const { err, out } = runStages(false)
  expect(out).toBe('')
  expect(err).not.toContain('\r')
  expect(err).not.toContain('\u001b')
  const lines = err.trimEnd().split('\n')
  expect(lines.filter((line) => line.startsWith('✓'))).toEqual([
    '✓ features   1 234 features · 4 reused · 3.0 s',
    '✓ matching   3 pairs · all reused · 0.0 s',
  ])
  expect(lines.filter((line) => line.startsWith('warning'))).toHaveLength(5)
  expect(lines[0]).toBe('warning photo\\u{1b}[2J 0.jpg: odd value 0')
  expect(lines).toContain('  … and 1 more warnings')
  expect(lines).toHaveLength(8)
})

test('on a terminal: count, rate and time left, drawn over, and gone at the end', () => {
  const { err } = runStages(true)
  const frames = err.split('\r\u001b[2K')
  expect(frames.some((f) => f.startsWith('features   ████████████'))).toBe(true)
  // After 4 fresh photos in 2 s: 2.0 a second, and two more take one second.
  expect(frames.some((f) => f.includes('8 of 10 photos · 2.0/s · 1.0 s left'))).toBe(true)
  expect(err.split('\r\u001b[2K').at(-1)).toMatch(/^\S*✓\S* matching .*\n$/)
})

test('a status line never wraps', () => {
  const { err } = runStages(true, {}, 30)
  for (const frame of err.split('\r\u001b[2K')) {
    const line = frame.split('\n').at(-1)!
    expect([...line].length).toBeLessThan(30)
  }
})

test('a terminal that does not know its width is taken to have 80 columns', () => {
  expect(runStages(true, {}, 0).err).toBe(runStages(true, {}, 80).err)
})

test('NO_COLOR takes the colours, not the progress; a dumb terminal gets neither', () => {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colour codes are what is looked for
  const colour = /\u001b\[\d+m/
  expect(runStages(true).err).toMatch(colour)
  expect(runStages(true, { NO_COLOR: '1' }).err).not.toMatch(colour)
  expect(runStages(true, { NO_COLOR: '1' }).err).toContain('\r')
  expect(runStages(true, { TERM: 'dumb' }).err).not.toContain('\u001b')
})
