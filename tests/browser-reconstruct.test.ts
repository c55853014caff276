import path from 'node:path'
import { memoryStore } from '@epipole/core'
import { renderSet } from '@epipole/samples'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Digest, digestOf } from './reconstruct/digest.js'
import type { ReconstructInPage } from './reconstruct/page.js'
import { launchChromium } from './support/chromium.js'
import { bundlePage, openPage } from './support/page.js'
import { planesOf } from './support/photos.js'

declare const reconstructInPage: ReconstructInPage

const SEED = 11
let browser: Browser
let page: Page
let errors: string[]
let here: Digest

beforeAll(async () => {
  const planes = planesOf(renderSet('loop', { only: [0, 1, 2, 3, 4, 5, 6, 7] }).photos)
  here = await digestOf(planes, { workers: 0, seed: SEED, store: memoryStore() })
  browser = await launchChromium()
  const bundle = await bundlePage(path.resolve(import.meta.dirname, 'reconstruct/page.ts'))
  ;({ page, errors } = await openPage(browser, bundle))
  await page.waitForFunction(() => 'reconstructInPage' in globalThis)
  const packed = planes.map((plane) => ({ ...plane, rgb: Buffer.from(plane.rgb).toString('base64') }))
  expect(await page.evaluate((p) => reconstructInPage.load(p), packed)).toBe(8)
})
afterAll(async () => {
  await browser?.close()
  expect(errors).toEqual([])
})

test('Node has a model to compare with', () => {
  expect(here).toMatchObject({ registered: 8, models: [{}] })
  expect(here.points).toBeGreaterThan(300)
  // Features of 8 photos, matches and geometries of 28 pairs, the model.
  expect(Object.keys(here.records)).toHaveLength(8 + 28 + 28 + 1)
})

test.each([0, 1, 2])('Chromium with %i workers makes the same bytes, record by record', async (workers) => {
  const there = await page.evaluate(([w, seed]) => reconstructInPage.inMemory(w, seed), [workers, SEED] as const)
  expect(there).toEqual(here)
})

test('a cancelled run goes on in the page with what lies in its private file system', async () => {
  const there = await page.evaluate((seed) => reconstructInPage.interrupted(2, seed), SEED)
  expect(there.cancelled).toBe('aborted')
  expect(there.reused.features).toBe(8)
  expect(there.reused.matching).toBeGreaterThanOrEqual(5)
  expect(there.reused.matching).toBeLessThan(28)
  expect(there.digest).toEqual(here)
})
