import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll } from 'vitest'

/** The folder of real photo sets; fails where there is none, for then nothing would be tested. */
export function dataFolder(...parts: readonly string[]): string {
  const data = path.resolve(import.meta.dirname, '../..', process.env.EPIPOLE_DATA ?? '../shared/data')
  const folder = path.join(data, ...parts)
  if (!existsSync(folder)) throw new Error(`No test data at ${folder}: set EPIPOLE_DATA to the folder that has sfm/.`)
  return folder
}

/** A folder that lives as long as the tests of a file. */
export function temporaryFolder(): (name: string) => string {
  let root: string
  beforeAll(async () => {
    root = await mkdtemp(path.join(os.tmpdir(), 'epipole-data-'))
  })
  afterAll(() => rm(root, { recursive: true, force: true }))
  return (name) => path.join(root, name)
}
