import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { readResults, writeResults } from './results.js'
import { row } from './rows.js'

const folder = mkdtempSync(path.join(tmpdir(), 'epipole-test-'))
afterAll(() => rmSync(folder, { recursive: true }))

test('what is written is read back; nothing where there is no file', () => {
  const results = {
    notes: ['how'],
    rows: [row('a', 'm', 's', undefined, { name: 'P', value: 2 }, { of: 'ours', atMost: 1 })],
  }
  expect(readResults('some', folder)).toEqual({ notes: [], rows: [] })
  writeResults('some', results, folder)
  expect(readResults('some', folder)).toEqual(results)
})

test('a damaged file is named, not overwritten in silence', () => {
  for (const text of ['{"notes": [', '[]', '{"notes": [], "rows": 3}', 'null']) {
    writeFileSync(path.join(folder, 'damaged.json'), text)
    expect(() => readResults('damaged', folder)).toThrow(/damaged\.json/)
  }
})
