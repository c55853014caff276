import path from 'node:path'
import { interpreterDevice } from '@epipole/graph'
import { webDevice } from '@epipole/graph/web'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { launchChromium } from './support/chromium.js'
import { bundlePage, openPage } from './support/page.js'
import type { TrainInPage } from './train/page.js'
import { smallCnnLosses } from './train/small-cnn.js'

declare const trainInPage: TrainInPage

let browser: Browser
beforeAll(async () => {
  browser = await launchChromium()
})
afterAll(() => browser?.close())

test('a small convolutional net trains in a page: the first ten losses are those of Node on WebAssembly', async () => {
  const { page, errors } = await openPage(browser, await bundlePage(path.join(import.meta.dirname, 'train/page.ts')))
  const inPage = await page.evaluate(() => trainInPage.losses(60))
  const inNode = await smallCnnLosses(webDevice({ worker: false }), 10)
  expect(inPage.slice(0, 10)).toEqual(inNode)
  const interpreted = await smallCnnLosses(interpreterDevice(), 5)
  interpreted.forEach((loss, i) => {
    expect(Math.abs(loss - inNode[i])).toBeLessThan(1e-4)
  })
  expect(inPage[0]).toBeGreaterThan(0.5)
  expect(inPage[59]).toBeLessThan(0.5 * inPage[0])
  expect(errors).toEqual([])
})
