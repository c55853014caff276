import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { launchChromium } from './support/chromium.js'

let browser: Browser
beforeAll(async () => {
  browser = await launchChromium()
})
afterAll(() => browser?.close())

test('the browser of the tests has WebGL 2 and WebAssembly SIMD', async () => {
  const page = await browser.newPage()
  const [webgl, simd] = await page.evaluate(() => [
    document.createElement('canvas').getContext('webgl2')?.getParameter(WebGL2RenderingContext.VERSION) as unknown,
    // (func (result v128) i32.const 0 i8x16.splat)
    WebAssembly.validate(
      Uint8Array.of(
        0,
        97,
        115,
        109,
        1,
        0,
        0,
        0,
        1,
        5,
        1,
        96,
        0,
        1,
        123,
        3,
        2,
        1,
        0,
        10,
        8,
        1,
        6,
        0,
        65,
        0,
        253,
        15,
        11,
      ),
    ),
  ])
  expect(webgl).toContain('WebGL 2.0')
  expect(simd).toBe(true)
})
