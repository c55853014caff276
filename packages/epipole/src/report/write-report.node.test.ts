import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ReportPage } from './report-html.js'
import { writeReport } from './write-report.node.js'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'report-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const page: ReportPage = {
  report: {
    format: 'epipole-report',
    version: 1,
    epipole: '0.1.0',
    verdict: { word: 'none', reason: 'There are no photos.' },
    seed: 1,
    options: {},
    photos: [],
    pairs: [],
    models: [],
    stages: [],
  },
  models: [],
  thumbnails: new Map(),
  title: 'empty',
}

test('both files are written, nothing else, and written again in place', async () => {
  const out = join(folder, 'new', 'deep')
  for (let i = 0; i < 2; i++) {
    const { json, html } = await writeReport(out, page)
    expect(JSON.parse(await readFile(json, 'utf8'))).toEqual(page.report)
    expect(await readFile(html, 'utf8')).toMatch(/^<!doctype html>[\s\S]*<\/html>\n$/)
    expect((await readdir(out)).sort()).toEqual(['report.html', 'report.json'])
  }
})

test('a folder that cannot be is told as io, with its name', async () => {
  const file = join(folder, 'file')
  await writeFile(file, '')
  await expect(writeReport(join(file, 'out'), page)).rejects.toMatchObject({
    code: 'io',
    message: expect.stringContaining(file),
  })
})
