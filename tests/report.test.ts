import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { diagnosisHtml } from '@epipole/learn'
import type { Browser, Page } from 'playwright-core'
import sharp, { type Sharp } from 'sharp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { writeReport } from '../packages/epipole/src/report/write-report.node.js'
import { launchChromium } from './support/chromium.js'
import { type ReportFixture, reportFixture } from './support/report-fixture.js'

const EVIL = '</script><img src=x onerror="window.pwned=1">'

let browser: Browser
let folder: string
let fixture: ReportFixture
let html: string

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'epipole-report-'))
  // The ninth photo has a hostile name, and the set a hostile title.
  fixture = await reportFixture({
    photos: 16,
    points: 4000,
    name: (i) => `walk/${i === 8 ? EVIL : `IMG_${2001 + i}`}.jpg`,
  })
  const paths = await writeReport(folder, { ...fixture, title: `house ${EVIL}` })
  html = pathToFileURL(paths.html).href
  browser = await launchChromium()
})

afterAll(async () => {
  await browser?.close()
  if (folder) await rm(folder, { recursive: true, force: true })
})

interface Opened {
  readonly page: Page
  readonly errors: string[]
  readonly requests: string[]
}

async function open(options: { dark?: boolean; width?: number; url?: string; before?: string } = {}): Promise<Opened> {
  const page = await browser.newPage({
    viewport: { width: options.width ?? 1280, height: 860 },
    colorScheme: options.dark ? 'dark' : 'light',
    reducedMotion: 'reduce',
  })
  const errors: string[] = []
  const requests: string[] = []
  page.on('console', (m) => {
    if (m.type() === 'error' || m.type() === 'warning') errors.push(m.text())
  })
  page.on('pageerror', (e) => errors.push(e.message))
  page.on('request', (r) => requests.push(r.url()))
  if (options.before) await page.addInitScript(options.before)
  await page.goto(options.url ?? html)
  await page.waitForSelector('.list li')
  return { page, errors, requests }
}

interface Pixels {
  readonly data: Buffer
  readonly width: number
  readonly height: number
}

/** The 3-D view as a person sees it, without the tools over it. */
async function viewPixels(page: Page): Promise<Pixels> {
  await page.waitForTimeout(300)
  const png = await page.locator('.stage canvas').screenshot({
    style: '.tools, .foot, .through, .label { visibility: hidden }',
  })
  const { data, info } = await sharp(png).removeAlpha().raw().toBuffer({ resolveWithObject: true })
  return { data, width: info.width, height: info.height }
}

function different({ data, width }: Pixels, x: number, y: number, from: readonly number[]): boolean {
  return from.some((v, k) => Math.abs(data[3 * (y * width + x) + k]! - v) > 24)
}

/** Pixels unlike those near the top left corner, where there is only background. */
function drawn(view: Pixels): [number, number][] {
  const corner = 3 * (24 * view.width + 24)
  const paper = [...view.data.subarray(corner, corner + 3)]
  const found: [number, number][] = []
  for (let y = 0; y < view.height; y++) {
    for (let x = 0; x < view.width; x++) if (!onFrame(view, x, y) && different(view, x, y, paper)) found.push([x, y])
  }
  return found
}

/** Where the frame may show: its corners are rounded, and its border may cover part of a pixel. */
function onFrame({ width, height }: Pixels, x: number, y: number): boolean {
  const [dx, dy] = [Math.min(x, width - 1 - x), Math.min(y, height - 1 - y)]
  return Math.min(dx, dy) < 2 || Math.max(dx, dy) < 16
}

async function meanColor(image: Sharp): Promise<number[]> {
  const { channels } = await image.stats()
  return channels.slice(0, 3).map((c) => c.mean)
}

test.each([false, true])(
  'dark %s: opened from disk it draws points, upright and framed, and asks for nothing else',
  async (dark) => {
    const { page, errors, requests } = await open({ dark })
    await page.getByRole('checkbox', { name: 'Cameras' }).uncheck()
    const view = await viewPixels(page)
    const points = drawn(view)
    expect(points.length).toBeGreaterThan(3000)
    // Framed: the points fill a fair part of the view and stay inside it.
    const xs = points.map(([x]) => x).sort((a, b) => a - b)
    const ys = points.map(([, y]) => y).sort((a, b) => a - b)
    expect(xs.at(-1)! - xs[0]!).toBeGreaterThan(0.25 * view.width)
    expect(ys[Math.floor(0.01 * ys.length)]!).toBeGreaterThan(2)
    expect(ys[Math.floor(0.99 * ys.length)]!).toBeLessThan(view.height - 3)
    // Upright: the red roof is above the green lawn.
    const mean = (wanted: (r: number, g: number, b: number) => boolean) => {
      const at = points.filter(([x, y]) =>
        wanted(...([0, 1, 2].map((k) => view.data[3 * (y * view.width + x) + k]!) as [number, number, number])),
      )
      expect(at.length).toBeGreaterThan(100)
      return at.reduce((sum, [, y]) => sum + y, 0) / at.length
    }
    const roof = mean((r, g, b) => r > 1.6 * g && r > 1.6 * b)
    const lawn = mean((r, g, b) => g > 1.15 * r && g > 1.3 * b)
    expect(roof).toBeLessThan(lawn - 30)
    expect(errors).toEqual([])
    expect(requests.filter((url) => url !== html && !url.startsWith('data:'))).toEqual([])
    await page.close()
  },
)

test('a camera picked from the list shows its photo with its keypoints and marks its points', async () => {
  const { page, errors } = await open()
  const before = await viewPixels(page)
  await page.click('.list li:nth-child(4) button')
  await page.waitForSelector('.photo canvas[data-ready=picture]')
  expect(await page.textContent('.photo h2')).toBe('IMG_2004.jpg')
  const observations = fixture.report.photos[3]!.observations!
  expect(await page.getAttribute('.photo canvas', 'aria-label')).toBe(
    `walk/IMG_2004.jpg with ${observations} keypoints that have points`,
  )
  // What is drawn is this photo (the dots change its mean colour a little) and no other one.
  const shown = await meanColor(sharp(await page.locator('.photo canvas').screenshot()))
  const truth = await meanColor(sharp(fixture.thumbnails.get('walk/IMG_2004.jpg')))
  for (const [k, v] of shown.entries()) expect(Math.abs(v - truth[k]!)).toBeLessThan(40)
  const after = await viewPixels(page)
  let changed = 0
  for (let i = 0; i < after.data.length; i += 3) if (Math.abs(after.data[i]! - before.data[i]!) > 24) changed++
  expect(changed).toBeGreaterThan(1000)
  // A keypoint tells its point, and picks it.
  const box = (await page.locator('.photo canvas').boundingBox())!
  for (let y = 0.5; y < 0.9 && !(await page.textContent('.photo .hint'))!.startsWith('Point seen by'); y += 0.03) {
    await page.mouse.move(box.x + box.width / 2, box.y + box.height * y)
  }
  expect(await page.textContent('.photo .hint')).toMatch(/^Point seen by \d+ photos, mean error \d\.\d\d px$/)
  await page.mouse.down()
  await page.mouse.up()
  expect(await page.textContent('.point .hint')).toMatch(/^Seen by \d+ photos/)
  await page.keyboard.press('Tab')
  await page.getByRole('button', { name: 'Next photo' }).click()
  expect(await page.textContent('.photo h2')).toBe('IMG_2005.jpg')
  expect(errors).toEqual([])
  await page.close()
})

test('a camera picked in the view shows its photo; a point picked there shows who sees it', async () => {
  const { page, errors } = await open()
  const box = (await page.locator('.stage canvas').boundingBox())!
  const points = drawn(await viewPixels(page))
  const label = page.locator('.stage .label')
  for (let i = 0; i < points.length && !(await label.isVisible()); i += 101) {
    await page.mouse.move(box.x + points[i]![0], box.y + points[i]![1])
  }
  const name = await label.textContent()
  await page.mouse.down()
  await page.mouse.up()
  expect(name).toMatch(/^(IMG_20\d\d|script)/)
  expect(await page.textContent('.photo h2')).toBe(name)
  await page.getByRole('button', { name: 'Close' }).click()
  await page.getByRole('checkbox', { name: 'Cameras' }).uncheck()
  const dots = drawn(await viewPixels(page))
  const [x, y] = dots[dots.length >> 1]!
  await page.mouse.click(box.x + x, box.y + y)
  await page.waitForSelector('.point')
  const seen = Number(/Seen by (\d+)/.exec((await page.textContent('.point .hint'))!)![1])
  expect(await page.locator('.point .crops button').count()).toBe(Math.min(24, seen))
  await page.keyboard.press('Escape')
  expect(await page.locator('.point').count()).toBe(0)
  expect(errors).toEqual([])
  await page.close()
})

test('looking through a camera shows what its photo shows', async () => {
  const { page, errors } = await open()
  await page.click('.list li:nth-child(2) button')
  await page.waitForSelector('.photo canvas[data-ready=picture]')
  await page.getByRole('button', { name: 'Look through this camera' }).click()
  const opacity = page.getByLabel('Opacity of the photo over the points')
  await opacity.waitFor()
  await opacity.fill('1')
  const view = await viewPixels(page)
  // The photo fills 1/1.08 of the height, in the middle: compare on a small grid.
  const height = Math.floor(view.height / 1.08) - 4
  const width = Math.floor(height * 1.5) - 4
  const grid = (image: Sharp) => image.resize(12, 8, { fit: 'fill' }).removeAlpha().raw().toBuffer()
  const crop = sharp(view.data, { raw: { width: view.width, height: view.height, channels: 3 } }).extract({
    left: Math.floor((view.width - width) / 2),
    top: Math.floor((view.height - height) / 2),
    width: Math.min(width, view.width),
    height,
  })
  expect(width).toBeLessThanOrEqual(view.width)
  const [shown, truth] = await Promise.all([
    crop
      .png()
      .toBuffer()
      .then((png) => grid(sharp(png))),
    grid(sharp(fixture.thumbnails.get('walk/IMG_2002.jpg'))),
  ])
  let error = 0
  for (const [i, v] of shown.entries()) error += Math.abs(v - truth[i]!) / shown.length
  expect(error).toBeLessThan(12)
  await page.getByRole('button', { name: 'Leave' }).click()
  expect(await opacity.isVisible()).toBe(false)
  expect(errors).toEqual([])
  await page.close()
})

test('hostile names are text and nothing else', async () => {
  const { page } = await open()
  await page.click('.list li:nth-child(9) button')
  expect(await page.textContent('.photo h2')).toBe('script><img src=x onerror="window.pwned=1">.jpg')
  expect(await page.textContent('h1')).toBe(`house ${EVIL}`)
  expect(await page.evaluate('window.pwned')).toBeUndefined()
  expect(await page.locator('img[src=x]').count()).toBe(0)
  // Even a script that came in by some other way could not run.
  const ran = await page.evaluate(() => {
    const script = document.createElement('script')
    script.textContent = 'window.pwned = 2'
    document.body.append(script)
    return 'pwned' in window
  })
  expect(ran).toBe(false)
  await page.close()
})

test('tables sort and filter, tell verdicts with test, value and threshold', async () => {
  const { page } = await open()
  const photos = page.locator('#photos')
  await photos.getByRole('button', { name: 'Features' }).click()
  const cell = (n: number) => photos.locator('tbody tr').first().locator('td').nth(n).textContent()
  const most = Math.max(...fixture.report.photos.map((p) => p.features))
  expect((await cell(2))!.replace(/\D/g, '')).toBe(String(most))
  await photos.getByLabel('Which of the photos').selectOption({ label: 'Left out or refused' })
  expect(await photos.locator('output').textContent()).toBe('2 of 18')
  await photos.getByLabel('Find a photo or a reason').fill('truncated')
  await photos.locator('tbody tr').first().press('Enter')
  expect(await photos.locator('.detail').textContent()).toContain('truncated-file: 20480 bytes, threshold 618233 bytes')
  const pairs = page.locator('#pairs')
  await pairs.getByLabel('Which of the pairs').selectOption({ label: 'Kind: refused' })
  const refused = fixture.report.pairs.filter((p) => p.kind === 'refused').length
  expect(await pairs.locator('output').textContent()).toBe(`${refused} of ${fixture.report.pairs.length}`)
  await pairs.locator('tbody tr').first().click()
  expect(await pairs.locator('.detail').textContent()).toMatch(/few-inliers: \d+, threshold 30/)
  const matrix = (await pairs.locator('.matrix').boundingBox())!
  await pairs.locator('.matrix').scrollIntoViewIfNeeded()
  await pairs.locator('.matrix').hover({ position: { x: (1.5 / 18) * matrix.width, y: (0.5 / 18) * matrix.height } })
  expect(await pairs.locator('.tip').textContent()).toMatch(/^IMG_2001\.jpg and IMG_2002\.jpg: planar, /)
  await page.close()
})

test('ten thousand pairs are listed at once and drawn as far as they are in sight', async () => {
  const { report } = fixture
  const [first] = report.pairs
  const pairs = Array.from({ length: 10_000 }, (_, i) => ({ ...first!, matches: i + 100 }))
  const paths = await writeReport(path.join(folder, 'many'), {
    ...fixture,
    report: { ...report, pairs },
    title: 'many',
  })
  const { page } = await open({ url: pathToFileURL(paths.html).href })
  const table = page.locator('#pairs')
  expect(await table.locator('output').textContent()).toBe('10000')
  expect(await table.locator('tbody tr').count()).toBeLessThan(60)
  await table.locator('.rows').evaluate((e) => {
    e.scrollTop = e.scrollHeight
  })
  await page.waitForTimeout(100)
  const last = table.locator('tbody tr[aria-rowindex="10000"]')
  expect((await last.locator('td').nth(3).textContent())!.replace(/\D/g, '')).toBe('10099')
  await page.close()
})

test('without WebGL the page says so and the rest works', async () => {
  const { page } = await open({
    before: `const get = HTMLCanvasElement.prototype.getContext
      HTMLCanvasElement.prototype.getContext = function (kind, ...rest) { return kind === '2d' ? get.call(this, kind, ...rest) : null }`,
  })
  expect(await page.textContent('.stage .empty')).toContain('WebGL 2')
  await page.click('.list li:nth-child(1) button')
  await page.waitForSelector('.photo canvas[data-ready=picture]')
  expect(await page.locator('#pairs .matrix').isVisible()).toBe(true)
  await page.close()
})

test('several models can be chosen, and the view of the one left behind is freed', async () => {
  const two = await reportFixture({ photos: 6, points: 600, models: 2 })
  const paths = await writeReport(path.join(folder, 'two'), { ...two, title: 'two' })
  const { page, errors } = await open({ url: pathToFileURL(paths.html).href })
  await page.getByLabel('Model', { exact: true }).selectOption({ index: 1 })
  await page.waitForTimeout(200)
  expect(await page.locator('.stage canvas').count()).toBe(1)
  expect(drawn(await viewPixels(page)).length).toBeGreaterThan(500)
  await page.click('.list li:nth-child(2) button')
  expect(await page.locator('.photo').count()).toBe(1)
  expect(errors).toEqual([])
  await page.close()
})

test('on a phone nothing is wider than the screen', async () => {
  const { page } = await open({ width: 390 })
  const [content, screen] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth])
  expect(content).toBeLessThanOrEqual(screen!)
  await page.close()
})

test('the page of a training fits wide and narrow windows, light and dark, and takes nothing from outside', async () => {
  const names = Array.from({ length: 30 }, (_, i) => `stages.${i}.blocks.with_a_long_name`)
  const statistics = {
    loss: 1,
    layers: names.map((name) => ({ name, kind: 'linear', mean: 0, deviation: 1, dead: 0, units: 64 })),
    parameters: names.map((name) => ({ name: `${name}.weight`, value: 1, gradient: 1e-3, change: 1e-3 })),
  }
  const file = path.join(folder, 'training.html')
  const confusion = { classes: names, counts: names.flatMap((_, i) => names.map((_, k) => (i === k ? 900 : 100))) }
  const steps = [1, 2].map((step) => ({ ...statistics, step }))
  await writeFile(file, diagnosisHtml({ title: `training ${EVIL}`, losses: [2, 1], statistics: steps, confusion }))
  const grounds: number[] = []
  for (const [width, colorScheme] of [[1280, 'light'] as const, [360, 'dark'] as const]) {
    const page = await browser.newPage({ viewport: { width, height: 860 }, colorScheme })
    const told: string[] = []
    page.on('console', (m) => told.push(m.text()))
    page.on('pageerror', (e) => told.push(e.message))
    page.on('request', (r) => told.push(r.url()))
    await page.goto(pathToFileURL(file).href)
    expect(told).toEqual([pathToFileURL(file).href])
    const [over, ground] = await page.evaluate(() => [
      document.documentElement.scrollWidth - document.documentElement.clientWidth,
      Number(/\d+/.exec(getComputedStyle(document.body).backgroundColor)?.[0]),
    ])
    expect([width, over]).toEqual([width, 0])
    grounds.push(ground as number)
    await page.close()
  }
  expect(grounds[0]).toBeGreaterThan(200)
  expect(grounds[1]).toBeLessThan(60)
})
