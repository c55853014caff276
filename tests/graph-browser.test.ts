import path from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { opGraphs } from '../packages/graph/src/device/agreement.test-support.js'
import { PROCESSOR } from '../packages/graph/src/device/targets.js'
import { jobOf, wrongIn } from './graph/op-jobs.js'
import type { GraphInPage } from './graph/page.js'
import { launchChromium } from './support/chromium.js'
import { type BundledPage, bundlePage, openPage } from './support/page.js'

declare const graphInPage: GraphInPage

let browser: Browser
let bundle: BundledPage
let page: Page
let errors: string[]
beforeAll(async () => {
  bundle = await bundlePage(path.join(import.meta.dirname, 'graph/page.ts'))
  browser = await launchChromium()
  ;({ page, errors } = await openPage(browser, bundle))
})
afterAll(() => browser?.close())

test('every operation computes in WebAssembly what the interpreter computes', async () => {
  const graphs = opGraphs()
  const results = await page.evaluate(
    (j) => graphInPage.run(j),
    graphs.map((graph) => jobOf(graph, PROCESSOR)),
  )
  const wrong = results.flatMap((result, i) => wrongIn(graphs[i], result))
  expect(wrong).toEqual([])
  expect(results.length).toBeGreaterThan(500)
})

test('a small network trains in a worker of its own; in an isolated page on several threads, with the same losses', async () => {
  const threads = await openPage(browser, bundle, { isolated: true })
  const losses: number[][] = []
  for (const [at, isolated] of [
    [page, false],
    [threads.page, true],
  ] as const) {
    expect(await at.evaluate(() => graphInPage.isolated())).toBe(isolated)
    losses.push(await at.evaluate(() => graphInPage.train(250)))
  }
  const [one, several] = losses
  expect(one[0]).toBeGreaterThan(1.2)
  expect(one[249]).toBeLessThan(0.5 * one[0])
  expect(Math.abs(several[20] - one[20])).toBeLessThan(1e-3)
  expect([...errors, ...threads.errors]).toEqual([])
})
