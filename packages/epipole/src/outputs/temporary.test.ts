import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { removeLeftovers, temporaryBeside } from './temporary.js'

test('temporary files lie beside the file and never meet', () => {
  const path = join('a folder', 'b.ply')
  expect(dirname(temporaryBeside(path))).toBe('a folder')
  expect(temporaryBeside(path)).not.toBe(temporaryBeside(path))
})

test('only what a dead process left of this very file goes', () => {
  const folder = mkdtempSync(join(tmpdir(), 'epipole-test-'))
  try {
    const mine = basename(temporaryBeside('a.ply'))
    const names = ['.a.ply.999999999-0123abcd.tmp', '.b.ply.999999999-0123abcd.tmp', '.a.ply.notes.tmp', 'a.ply', mine]
    for (const name of names) writeFileSync(join(folder, name), '')
    removeLeftovers(join(folder, 'a.ply'))
    expect(readdirSync(folder).sort()).toEqual(names.slice(1).sort())
    removeLeftovers(join(folder, 'missing', 'a.ply'))
  } finally {
    rmSync(folder, { recursive: true })
  }
})
