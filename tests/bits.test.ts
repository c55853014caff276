import path from 'node:path'
import { expect, test } from 'vitest'
import { digests } from './bits/digest.js'
import { launchChromium } from './support/chromium.js'
import { bundlePage, openPage } from './support/page.js'

/**
 * What these have once been they stay: a change of any bit here changes every result of every user. (That the bits are
 * right is for the unit tests to say.)
 */
const pinned = {
  'core/elementary': '4c38c49a973442569f5ea2db154007bae5d60acdb517b34d7880de1a3f46403f',
  'core/random': 'cfb0eca8841f537f31467cae9cbd416624b24a506949f2a5c2789c1139c75127',
}

test('Chromium computes the same bits as Node', async () => {
  const here = await digests()
  const browser = await launchChromium()
  try {
    const { page, errors } = await openPage(browser, await bundlePage(path.join(import.meta.dirname, 'bits/page.ts')))
    await page.waitForFunction('globalThis.digests')
    expect(await page.evaluate('digests()')).toEqual(here)
    expect(errors).toEqual([])
  } finally {
    await browser.close()
  }
  expect(here).toMatchObject(pinned)
})
