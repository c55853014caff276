import { EpipoleError } from '@epipole/core'
import {
  base64Length,
  errorHistogram,
  escapedLength,
  modelData,
  type Orientations,
  type PageData,
  type PhotoReport,
  packedBytes,
  packModel,
  packPairs,
  type Reconstruction,
  type ReconstructReport,
  toBase64,
  trackLengthHistogram,
} from '@epipole/sfm'
import { escapeHtml, jsonForScript } from './escape.js'
import { fitThumbnails } from './fit-thumbnails.js'

/** What `report.html` shows. */
export interface ReportPage {
  readonly report: ReconstructReport
  /** In the order of `report.models`. */
  readonly models: readonly Reconstruction[]
  /** By photo name: JPEG in the stored orientation, shrunk where together too large; a photo may be without. */
  readonly thumbnails: ReadonlyMap<string, Uint8Array>
  /** Plain text, e.g. the photo folder's name. */
  readonly title: string
  /** Bytes the page may take; 25 000 000 unless told. */
  readonly maxBytes?: number
}

/** The viewer as text to be inlined; see `loadViewer`. */
export interface ViewerText {
  readonly script: string
  readonly scriptHash: string
  readonly style: string
}

export const MAX_PAGE_BYTES = 25_000_000

/** Space left for what JSON adds around the budgeted parts. */
const RESERVE_BYTES = 100_000

/**
 * The report as one self-contained HTML page: no network, no other file, nothing in it but the viewer's own script can
 * run. Where the set is too large for `maxBytes`, it holds a sub-sample of the points, fewer thumbnails or pairs, and
 * says so.
 *
 * @throws EpipoleError `usage` where models and report disagree or `maxBytes` cannot hold an empty page
 */
export async function reportHtml(page: ReportPage): Promise<string> {
  const thumbnails = await fitThumbnails(page.thumbnails)
  return renderPage({ ...page, thumbnails }, await loadViewer())
}

/** The viewer's text, loaded when first needed: it is large, and most commands never show it. */
export async function loadViewer(): Promise<ViewerText> {
  return import('#viewer-page')
}

/** `reportHtml` with the viewer given. */
export function renderPage(page: ReportPage, viewer: ViewerText): string {
  const { report, models } = page
  if (models.length !== report.models.length) {
    throw new EpipoleError(
      'usage',
      `The report describes ${report.models.length} models, but ${models.length} were given to draw.`,
      { report: report.models.length, models: models.length },
    )
  }
  const shell = (json: string) => htmlShell(page.title, viewer, json)
  const room = (page.maxBytes ?? MAX_PAGE_BYTES) - utf8Length(shell('')) - RESERVE_BYTES
  if (room < 0) {
    throw new EpipoleError('usage', `A page of ${page.maxBytes} bytes cannot hold the viewer itself.`, {
      maxBytes: page.maxBytes,
    })
  }
  return shell(jsonForScript(packPage(page, room)))
}

/** Shares the room out: photos' records first, then pairs, thumbnails and points in fixed parts of what is left. */
function packPage(page: ReportPage, room: number): PageData {
  const { photos: allPhotos, pairs: allPairs, ...report } = page.report
  const omitted: string[] = []
  const histograms = page.models.map((m) => ({ trackLength: trackLengthHistogram(m), error: errorHistogram(m) }))
  let left = room - jsonBytes(report) - jsonBytes(histograms)

  const photos = fitting(allPhotos, 0.2 * left)
  if (photos.length < allPhotos.length) omitted.push(leftOut('photos', photos.length, allPhotos.length))
  left -= jsonBytes(photos)

  const pairs = packPairs(allPairs, 0.2 * left)
  if (pairs.rows.length < pairs.total) omitted.push(leftOut('pairs', pairs.rows.length, pairs.total))
  left -= jsonBytes(pairs)

  const thumbnails = packThumbnails(photos, page.thumbnails, 0.5 * left)
  const wanted = photos.filter((p) => page.thumbnails.has(p.name)).length
  const shown = thumbnails.filter((t) => t !== null).length
  if (shown < wanted) omitted.push(leftOut('photos have pictures', shown, wanted, 'here'))
  left -= jsonBytes(thumbnails)

  const listed = new Set(photos.map((p) => p.name))
  const models = photos.length < allPhotos.length ? page.models.map((m) => among(m, listed)) : page.models
  const packed = packModels(models, new Map(photos.map((p) => [p.name, p.orientation])), left)
  for (const [i, m] of packed.entries()) {
    const total = page.models[i]!.points.size
    const here = m.positions.length / 16
    if (here < total) omitted.push(`Model ${i} is drawn with ${Math.floor(here)} of its ${total} points.`)
  }
  return {
    format: 'epipole-page',
    version: 1,
    title: page.title,
    report,
    photos,
    photoCount: allPhotos.length,
    pairs,
    models: packed,
    histograms,
    thumbnails,
    omitted,
  }
}

/** Models get points in proportion to what they would need whole. */
function packModels(models: readonly Reconstruction[], orientations: Orientations, room: number): PageData['models'] {
  const fixed = models.map((m) => {
    let bytes = 1000
    for (const image of m.images.values()) bytes += 128 + 200 + escapedLength(JSON.stringify(image.name))
    return bytes
  })
  const needs = models.map((m) => {
    let observations = 0
    for (const p of m.points.values()) observations += p.track.length / 2
    return packedBytes(m.points.size, observations, m.images.size)
  })
  const need = needs.reduce((a, b) => a + b, 0)
  const roomForPoints = Math.max(0, room - fixed.reduce((a, b) => a + b, 0))
  const share = need === 0 ? 1 : roomForPoints / need
  // A sample of the points may by chance have longer tracks than all of them: keep a little back.
  const enough = (points: number) => (share >= 1 ? points : Math.floor(0.97 * share * points))
  return models.map((m) => packModel(modelData(m, { maxPoints: enough(m.points.size), orientations })))
}

/** The model without the images that are not listed. */
function among(model: Reconstruction, listed: ReadonlySet<string>): Reconstruction {
  return { ...model, images: new Map([...model.images].filter(([, image]) => listed.has(image.name))) }
}

/** Every photo's thumbnail where they fit, else an even choice of photos. */
function packThumbnails(
  photos: readonly PhotoReport[],
  thumbnails: ReadonlyMap<string, Uint8Array>,
  room: number,
): (string | null)[] {
  const costs = photos.map((p) => base64Length(thumbnails.get(p.name)?.length ?? 0))
  let keepEvery = 1
  const cost = () => costs.reduce((sum, c, i) => sum + (i % keepEvery === 0 ? c + 2 : 0), 5 * costs.length)
  while (keepEvery < photos.length && cost() > room) keepEvery++
  if (cost() > room) return photos.map(() => null)
  return photos.map((p, i) => {
    const jpeg = thumbnails.get(p.name)
    return jpeg && i % keepEvery === 0 ? toBase64(jpeg) : null
  })
}

/** The longest prefix whose JSON takes at most `bytes`. */
function fitting<T>(items: readonly T[], bytes: number): readonly T[] {
  let used = 0
  for (const [i, item] of items.entries()) {
    used += jsonBytes(item) + 1
    if (used > bytes) return items.slice(0, i)
  }
  return items
}

function leftOut(what: string, here: number, total: number, how = 'listed'): string {
  return `${here} of ${total} ${what} ${how}, to keep this page small; report.json has all that was measured.`
}

function jsonBytes(value: unknown): number {
  return escapedLength(JSON.stringify(value))
}

function utf8Length(text: string): number {
  return new TextEncoder().encode(text).length
}

function htmlShell(title: string, viewer: ViewerText, json: string): string {
  const name = escapeHtml(title)
  const policy = [
    "default-src 'none'",
    `script-src '${viewer.scriptHash}'`,
    "style-src 'unsafe-inline'",
    'img-src data: blob:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ')
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="Epipole">
<link rel="icon" href="data:,">
<title>${name} · Epipole</title>
<style>${viewer.style}</style>
</head>
<body>
<div id="report"><noscript>This page draws the report of ${name} with its own script; please allow scripts.</noscript></div>
<script type="application/json" id="report-data">${json}</script>
<script>${viewer.script}</script>
</body>
</html>
`
}
