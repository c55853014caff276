import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { bundlePage } from './support/page.js'

const root = path.resolve(import.meta.dirname, '..')
let folder: string
beforeAll(async () => {
  // Inside the workspace, so that packages resolve as they do for its members.
  folder = await mkdtemp(path.join(root, 'node_modules', '.bundle-size-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** What a page that uses only this much of the geometry package ships: bytes of script, gzipped, by Vite's defaults. */
async function shipped(text: string): Promise<{ bytes: number; code: string }> {
  const entry = path.join(folder, 'entry.js')
  await writeFile(entry, text)
  const { files } = await bundlePage(entry)
  const scripts = [...files].filter(([name]) => name.endsWith('.js')).map(([, content]) => String(content))
  const code = scripts.join('\n')
  return { bytes: gzipSync(code, { level: 9 }).length, code }
}

test('P3P and RANSAC, with an estimator of one’s own, ship under 12 KB', async () => {
  const { bytes, code } = await shipped(`
    import { p3p, P3P_SOLUTIONS, ransac } from '@epipole/geometry'
    globalThis.poses = (xy, points, residuals, options) =>
      ransac({ count: xy.length / 2, sampleSize: 3, modelSize: 12, maxModels: P3P_SOLUTIONS,
        solve: (sample, models) => p3p(xy, points, sample, models), residuals }, options)`)
  expect(bytes).toBeLessThan(12_000)
  // It is really there: not everything was shaken off.
  expect(code).toContain('few-inliers')
  expect(bytes).toBeGreaterThan(3000)
})

test('the ready estimator of poses, with refinement, ships under 12 KB too', async () => {
  const { bytes, code } = await shipped(`
    import { estimateAbsolutePose } from '@epipole/geometry'
    globalThis.estimate = estimateAbsolutePose`)
  expect(bytes).toBeLessThan(12_000)
  expect(code).toContain('few-inliers')
})
