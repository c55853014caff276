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
  'core/elementary': 'ff2392d56987d732b8be2fb4ba9733aa64f0e4d345d789fa1e2dd8219986ef34',
  'core/random': 'd225862404a87b243f320036eb92062f2bb6b0fdcfce6b787336bdbc2f9ec185',
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
