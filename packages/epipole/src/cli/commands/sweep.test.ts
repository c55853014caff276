import { expect, test } from 'vitest'
import { recordingTerminal } from '../../../test-support/terminal.js'
import { run } from '../run.js'

async function refused(...grid: string[]): Promise<[code: number, told: string]> {
  const { terminal, err } = recordingTerminal({ tty: false, env: {}, columns: 80 })
  const args = ['sweep', 'nowhere', ...grid.flatMap((text) => ['--grid', text])]
  return [await run(args, terminal, new AbortController().signal), err()]
}

test('a grid is checked before anything is read or trained', async () => {
  for (const [text, told] of [
    ['colour=1', 'settings: model, optimizer, rate'],
    ['rate=', 'a setting and its values'],
    ['rate=fast', 'rate takes numbers'],
    ['rate=0.1,-1', 'rate cannot be -1: it must be a number from 0 to 1000'],
    // The flag's own name will do.
    ['batch-size=4,0', 'batchSize cannot be 0: it must be a whole number from 1 to 100000'],
    ['epochs=1.5', 'epochs cannot be 1.5: it must be a whole number of at least 1'],
    ['optimizer=adamw, sdg', 'There is no optimizer "sdg"'],
  ] as const)
    expect(await refused(text)).toEqual([2, expect.stringContaining(told)])
  // What is right goes on to the data.
  expect(await refused('rate=0.1', 'optimizer=adamw, sgd')).toEqual([3, expect.stringContaining('nowhere')])
})
