import type { ReconstructReport, Verdict } from '@epipole/sfm'
import pc from 'picocolors'
import { describe, expect, test } from 'vitest'
import { recordingTerminal } from '../../test-support/terminal.js'
import type { ReconstructFolderResult } from '../actions/reconstruct-folder.js'
import type { Context } from './context.js'
import { finishReconstruct, resultLines } from './show-result.js'

const verdict = (test: string, text: string): Verdict => ({ test, value: 3, threshold: 15, unit: 'count', text })

function photo(name: string, status: 'registered' | 'unregistered' | 'refused', why?: Verdict) {
  const focal = { px: 100, source: 'default' as const }
  const base = { name, width: 60, height: 40, orientation: 1, cameraId: 1, focal, features: 9, status }
  return why ? { ...base, verdict: why } : base
}

function result(
  change: Partial<ReconstructReport> = {},
  paths: Partial<ReconstructFolderResult> = {},
): ReconstructFolderResult {
  const few = verdict('few-inliers', 'Too few matches with any registered photo.')
  return {
    report: {
      format: 'epipole-report',
      version: 1,
      epipole: '0.1.0',
      verdict: { word: 'usable', reason: 'mean error is 1.80 px' },
      seed: 0,
      options: {},
      photos: [
        photo('a.jpg', 'registered'),
        photo('b.jpg', 'registered'),
        ...['c', 'd', 'e', 'f', 'g\u001b[2J'].map((name) => photo(`${name}.jpg`, 'unregistered', few)),
        photo('h.jpg', 'refused', verdict('truncated-file', 'The JPEG ends before its pixels do.')),
      ],
      pairs: [],
      models: [
        {
          photos: 2,
          points: 1234,
          observations: 3000,
          meanTrackLength: 2.43,
          pointsThreeViews: 600,
          meanError: 1.8,
          cameras: [
            {
              id: 1,
              model: 'PINHOLE',
              width: 60,
              height: 40,
              params: [1, 1, 1, 1],
              photos: 2,
              notes: ['given; held fixed'],
            },
          ],
          flags: [verdict('look-alike', 'Two sides may look alike.')],
        },
      ],
      stages: [{ name: 'features', seconds: 61, items: 8, reused: 0 }],
      ...change,
    },
    out: '/work/my photos-epipole',
    reportHtml: '/work/my photos-epipole/report.html',
    reportJson: '/work/my photos-epipole/report.json',
    sparse: '/work/my photos-epipole/sparse/0',
    transforms: '/work/my photos-epipole/transforms.json',
    written: [],
    skipped: [],
    ...paths,
  }
}

const nothing = () =>
  result(
    { models: [], verdict: { word: 'none', reason: 'no two photos overlap' } },
    { sparse: undefined, transforms: undefined },
  )

describe('the end of a run', () => {
  const text = (r: ReconstructFolderResult) => resultLines(r, 'my photos', pc.createColors(false)).join('\n')

  test('says the word and its reason, what was left out and why, the report and what comes next', () => {
    const lines = text(result())
    expect(lines).toContain('usable: mean error is 1.80 px')
    expect(lines).toContain('2 of 8 registered')
    expect(lines).toContain('scale is arbitrary')
    expect(lines).toContain('Two sides may look alike.')
    expect(lines).toContain('camera 1: given; held fixed')
    expect(lines).toContain('left out  c.jpg, d.jpg, e.jpg and 2 more: Too few matches')
    expect(lines).toContain('left out  h.jpg: The JPEG ends')
    expect(lines).toContain('report    /work/my photos-epipole/report.html')
    expect(lines).toContain("ns-train splatfacto --data '/work/my photos-epipole'")
    expect(lines).toContain("'/work/my photos-epipole/sparse/0'")
    expect(lines).not.toContain('\u001b')
  })

  test('proposes nothing next where there is no model, and no nerfstudio where its format has no such lens', () => {
    expect(text(nothing())).toContain('nothing reconstructed: no two photos overlap')
    expect(text(nothing())).not.toMatch(/next|scale/)
    expect(text(result({}, { transforms: undefined }))).not.toContain('ns-train')
    expect(text(result({}, { transforms: undefined }))).toContain('next      gsplat')
  })
})

describe('exit code and JSON', () => {
  async function finish(r: ReconstructFolderResult, json = true) {
    const { terminal, out, err } = recordingTerminal()
    const context: Context = { terminal, signal: new AbortController().signal, exit: 0, json }
    await finishReconstruct(r, { photos: 'my photos', json, open: false }, context)
    return { exit: context.exit, out: out(), err: err() }
  }

  test('one line on stdout, and nothing else', async () => {
    const { exit, out, err } = await finish(result())
    expect(exit).toBe(0)
    expect(err).toBe('')
    expect(out.trimEnd()).not.toContain('\n')
    expect(JSON.parse(out)).toMatchObject({
      ok: true,
      exitCode: 0,
      verdict: { word: 'usable' },
      photos: { total: 8, registered: 2, unregistered: 5, refused: 1 },
      models: [{ points: 1234 }],
      sparse: '/work/my photos-epipole/sparse/0',
    })
  })

  test('1 where nothing could be reconstructed, 3 where there were not even two photos to try', async () => {
    expect((await finish(nothing())).exit).toBe(1)
    expect(JSON.parse((await finish(nothing())).out)).toMatchObject({ ok: false, exitCode: 1, sparse: null })
    const one = nothing()
    const alone = { ...one, report: { ...one.report, photos: one.report.photos.slice(0, 1) } }
    expect((await finish(alone, false)).exit).toBe(3)
  })
})
