import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { launchChromium } from './support/chromium.js'
import { root } from './support/install.js'
import { bundlePage, openPage } from './support/page.js'

let browser: Browser
let folder: string
beforeAll(async () => {
  browser = await launchChromium()
  // Inside the workspace, so that packages resolve.
  folder = await mkdtemp(path.join(root, 'node_modules', '.viewer-'))
})
afterAll(async () => {
  await browser?.close()
  if (folder) await rm(folder, { recursive: true, force: true })
})

test('the example of the viewer’s README runs, and the view is freed when its container goes', async () => {
  const readme = readFileSync(path.join(root, 'packages/viewer/README.md'), 'utf8')
  const [, code] = /^```ts\n([\s\S]*?)^```$/m.exec(readme)!
  const entry = path.join(folder, 'example.ts')
  await writeFile(entry, code!)
  const { page, errors } = await openPage(browser, await bundlePage(entry))
  await page.waitForSelector('canvas[aria-label="A made-up scene"]')
  expect(await page.title()).toBe('photo003.jpg')
  const lost = page.evaluate(
    () =>
      new Promise<string>((resolve) => {
        const canvas = document.querySelector('canvas')!
        canvas.addEventListener('webglcontextlost', () => resolve('freed'))
        canvas.parentElement!.remove()
      }),
  )
  expect(await lost).toBe('freed')
  expect(errors).toEqual([])
  await page.close()
})
