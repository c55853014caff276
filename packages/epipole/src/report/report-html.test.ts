import { createHash } from 'node:crypto'
import { isEpipoleError } from '@epipole/core'
import {
  type ModelReport,
  modelData,
  type PageData,
  type PhotoReport,
  type ReconstructReport,
  syntheticReconstruction,
  unpackModel,
} from '@epipole/sfm'
import { expect, test } from 'vitest'
import { loadViewer, type ReportPage, renderPage, reportHtml, type ViewerText } from './report-html.js'

const viewer: ViewerText = { script: 'void 0', scriptHash: 'sha256-x', style: 'body{}' }

function pageOf(
  options: { images?: number; points?: number; name?: (i: number) => string; jpegBytes?: number } = {},
): ReportPage {
  const { images = 5, points = 50, jpegBytes = 100 } = options
  const model = syntheticReconstruction({ images, points, ...(options.name ? { name: options.name } : {}) })
  const names = [...model.images.values()].map((i) => i.name)
  const photos = names.map(
    (name): PhotoReport => ({
      name,
      width: 640,
      height: 480,
      orientation: 1,
      cameraId: 1,
      focal: { px: 600, source: 'given' },
      features: 10,
      status: 'registered',
      model: 0,
    }),
  )
  const one: ModelReport = {
    photos: images,
    points,
    observations: 1,
    meanTrackLength: 1,
    pointsThreeViews: 1,
    meanError: 0,
    cameras: [],
    flags: [],
  }
  const report: ReconstructReport = {
    format: 'epipole-report',
    version: 1,
    epipole: '0.1.0',
    verdict: { word: 'good', reason: 'So.' },
    seed: 1,
    options: {},
    photos,
    pairs: names.flatMap((_, a) =>
      names.slice(a + 1).map((_, k) => ({ a, b: a + 1 + k, kind: 'calibrated' as const, matches: 100, inliers: 80 })),
    ),
    models: [one],
    stages: [],
  }
  const jpeg = new Uint8Array(jpegBytes).fill(255)
  return { report, models: [model], thumbnails: new Map(names.map((n) => [n, jpeg])), title: 'a set' }
}

function dataOf(html: string): PageData {
  const [, json] = /<script type="application\/json" id="report-data">([^<]*)<\/script>/.exec(html)!
  return JSON.parse(json!) as PageData
}

test('the page holds photos, pairs, thumbnails and the whole model', () => {
  const page = pageOf()
  const data = dataOf(renderPage(page, viewer))
  expect(data.photos).toEqual(page.report.photos)
  expect(data.pairs.rows.length).toBe(10)
  expect(data.thumbnails).toEqual(new Array(5).fill(Buffer.alloc(100, 255).toString('base64')))
  expect(data.omitted).toEqual([])
  expect(unpackModel(data.models[0]!).positions).toEqual(modelData(page.models[0]!).positions)
  expect(data.histograms[0]!.trackLength.counts.reduce((a, b) => a + b, 0)).toBe(50)
})

test('hostile names are inert: they occur escaped in the head and without < in the data', () => {
  const evil = '</script><img src=x onerror="alert(1)"><!--'
  const page = { ...pageOf({ name: (i) => `${i}${evil}` }), title: evil }
  const html = renderPage(page, viewer)
  expect(html).not.toContain('<img')
  expect(html).not.toContain('<!--')
  expect(html.match(/<\/script>/g)!.length).toBe(2)
  const data = dataOf(html)
  expect(data.photos[1]!.name).toBe(`1${evil}`)
  expect(data.title).toBe(evil)
})

test.each([
  ['points', { points: 9000, images: 4 }, 400_000],
  ['thumbnails', { images: 12, jpegBytes: 60_000 }, 500_000],
  ['pairs', { images: 90, points: 10 }, 200_000],
  ['everything', { images: 60, points: 4000, jpegBytes: 20_000 }, 300_000],
  ['photos too', { images: 300, points: 500, jpegBytes: 2000 }, 170_000],
])('a page with too many %s stays within its bytes and says what it left out', (_, options, maxBytes) => {
  const html = renderPage({ ...pageOf(options), maxBytes }, viewer)
  expect(new TextEncoder().encode(html).length).toBeLessThanOrEqual(maxBytes)
  const data = dataOf(html)
  expect(data.omitted.length).toBeGreaterThan(0)
  expect(unpackModel(data.models[0]!).images.length).toBe(data.photos.length)
  expect(data.photoCount).toBe(options.images)
})

test('the sub-sample uses the room there is', () => {
  const html = renderPage({ ...pageOf({ points: 9000, images: 4, jpegBytes: 10 }), maxBytes: 400_000 }, viewer)
  expect(html.length).toBeGreaterThan(270_000)
})

test('equal input gives equal bytes', () => {
  const options = { points: 3000, images: 8 }
  expect(renderPage({ ...pageOf(options), maxBytes: 250_000 }, viewer)).toBe(
    renderPage({ ...pageOf(options), maxBytes: 250_000 }, viewer),
  )
})

test('models and report must agree, and the viewer must fit', () => {
  const page = pageOf()
  for (const wrong of [
    { ...page, models: [] },
    { ...page, maxBytes: 50_000 },
  ]) {
    expect(() => renderPage(wrong, viewer)).toThrow(expect.toSatisfy(isEpipoleError))
  }
})

test('a run without a model has a page too', () => {
  const page = pageOf()
  const data = dataOf(renderPage({ ...page, models: [], report: { ...page.report, models: [] } }, viewer))
  expect(data.models).toEqual([])
  expect(data.photos.length).toBe(5)
})

test('the built viewer is inlined under a policy that lets it alone run', async () => {
  const built = await loadViewer()
  const html = await reportHtml(pageOf())
  const digest = createHash('sha256').update(built.script).digest('base64')
  expect(html).toContain(`script-src 'sha256-${digest}'`)
  expect(html).toContain("default-src 'none'")
  expect(html).toContain(`<script>${built.script}</script>`)
  expect(built.script).not.toMatch(/<\/script|<!--/i)
  expect(built.script).toContain('Permission is hereby granted')
  // Nothing is fetched: no address but namespaces, licences and comments could even be.
  expect(html).not.toMatch(/<(link|script|img|iframe)[^>]+(src|href)="(?!data:)/)
})
