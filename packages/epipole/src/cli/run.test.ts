import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import { picture } from '../../test-support/pictures.js'
import { recordingTerminal } from '../../test-support/terminal.js'
import { run } from './run.js'

const never = new AbortController().signal

test('a cancelled action says how to go on', async () => {
  const { terminal, out, err } = recordingTerminal()
  const folder = await mkdtemp(path.join(os.tmpdir(), 'epipole-run-'))
  try {
    await writeFile(path.join(folder, 'a.jpg'), await picture().jpeg().toBuffer())
    expect(await run(['info', folder, '--json'], terminal, AbortSignal.abort())).toBe(130)
  } finally {
    await rm(folder, { recursive: true })
  }
  expect(err()).toContain('Run the same command again')
  expect(JSON.parse(out())).toMatchObject({ ok: false, error: { code: 'aborted' } })
})

test('names from outside cannot move the cursor', async () => {
  const { terminal, err } = recordingTerminal({ tty: true })
  expect(await run(['info', '/no/\u001b[2J/folder'], terminal, never)).toBe(3)
  expect(err()).not.toContain('\u001b[2J')
  expect(err()).toContain('\\u{1b}[2J')
})

test('colours only on a terminal that wants them', async () => {
  const plain = recordingTerminal({ tty: false })
  expect(await run(['--help'], plain.terminal, never)).toBe(0)
  expect(plain.out()).not.toContain('\u001b')
  expect(plain.out()).toMatch(/^Usage: epipole/)
})
