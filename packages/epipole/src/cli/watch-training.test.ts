import type { StepStatistics } from '@epipole/learn'
import { expect, test } from 'vitest'
import { recordingTerminal } from '../../test-support/terminal.js'
import { watchTraining } from './watch-training.js'

const layer = { kind: 'relu', mean: 0, deviation: 1, units: 8 }
const weight = { value: 1, gradient: 1, change: 1e-3 }
const healthy: StepStatistics = {
  loss: 1,
  layers: [{ ...layer, name: 'a', dead: 0 }],
  parameters: [
    { ...weight, name: 'a.weight', gradient: 0.5 },
    { ...weight, name: 'b.weight' },
  ],
}
const ill: StepStatistics = {
  ...healthy,
  layers: ['a', 'b', 'c', 'd'].map((name, i) => ({ ...layer, name, dead: 8 - i })),
}

function told(tty: boolean, statistics: StepStatistics): string[] {
  const { terminal, err } = recordingTerminal({ tty, env: { NO_COLOR: '1' }, columns: 200 })
  const { onEvent, onValidation } = watchTraining(terminal)
  onEvent({ type: 'stage-start', stage: 'epoch 1/1', total: 1, unit: 'batches', reused: 0 })
  onValidation({ step: 1, score: 0.5, best: true, statistics })
  onEvent({ type: 'stage-end', stage: 'epoch 1/1', seconds: 1 })
  const lines = err().split('\n').filter(Boolean)
  return lines.slice(lines.findIndex((line) => line.includes('✓')) + 1)
}

const numbers = 'gradient first/last 0.50 · update/weight 0.0010'

test('behind the epoch stands one line where nothing stands out', () => {
  for (const tty of [true, false]) expect(told(tty, healthy)).toEqual([`  dead units none · ${numbers}`])
})

test('on a terminal each finding has a line, up to three; elsewhere all is one line', () => {
  const [first, ...more] = told(true, ill)
  expect(first).toBe(`  dead units 100 % in a · ${numbers}`)
  expect(more).toHaveLength(4)
  expect(more[0]).toMatch(/^ {2}! a \(relu\): dead units \(1\.0, bound 0\.20\)\. Try a lower rate/)
  expect(more[3]).toBe('  ! and 1 more')
  const lines = told(false, ill)
  expect(lines).toHaveLength(1)
  expect(lines[0]).toMatch(/dead units 100 % in a .* · a \(relu\): dead units .*\(and 3 more\)$/)
})
