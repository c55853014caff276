import { readdir } from 'node:fs/promises'
import path from 'node:path'
import type { Plugin } from 'vite'
import { expect, test } from 'vitest'
import { launchChromium } from './support/chromium.js'
import { bundlePage, openPage } from './support/page.js'
import { EXCLUDED } from './unit-in-browser/excluded.js'
import type { FileOutcome } from './unit-in-browser/page.js'

const here = path.join(import.meta.dirname, 'unit-in-browser')
const sources = path.join(import.meta.dirname, '../packages/geometry/src')

/** The tests' `vitest` is its runner and matchers alone. */
const runnerOnly: Plugin = {
  name: 'vitest-in-a-page',
  enforce: 'pre',
  resolveId: (source) => (source === 'vitest' ? path.join(here, 'vitest.ts') : null),
  // The package declares its modules free of side effects; its tests are nothing else.
  transform: (code, id) => (id.endsWith('.test.ts') ? { code, map: null, moduleSideEffects: true } : null),
}

test('the unit tests of @epipole/geometry pass in Chromium', async () => {
  const all = (await readdir(sources, { recursive: true })).filter((name) => name.endsWith('.test.ts'))
  const wanted = all.map((name) => name.replaceAll(path.sep, '/')).filter((name) => !(name in EXCLUDED))
  // No exclusion outlives its file.
  expect(all).toEqual(expect.arrayContaining(Object.keys(EXCLUDED)))
  const browser = await launchChromium()
  try {
    const { page, errors } = await openPage(browser, await bundlePage(path.join(here, 'page.ts'), [runnerOnly]))
    await page.waitForFunction('globalThis.runUnitTests')
    const outcomes = (await page.evaluate('runUnitTests()')) as FileOutcome[]
    expect(outcomes.flatMap(({ file, failed }) => failed.map((name) => `${file}: ${name}`))).toEqual([])
    expect(outcomes.map(({ file }) => file).sort()).toEqual(wanted.sort())
    for (const { file, passed } of outcomes) expect(passed, file).toBeGreaterThan(0)
    expect(errors).toEqual([])
  } finally {
    await browser.close()
  }
})
