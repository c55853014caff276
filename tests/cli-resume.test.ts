import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { renderSet } from '@epipole/samples'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { epipole, type Finished } from './support/cli.js'

let root: string
let photos: string
let whole: Record<string, Buffer>
const args = (out: string) => ['reconstruct', photos, '--out', out, '--workers', '2', '--seed', '3']

beforeAll(async () => {
  root = await mkdtemp(path.join(os.tmpdir(), 'epipole-resume-'))
  photos = path.join(root, 'photos')
  await mkdir(photos)
  for (const { name, width, height, rgb } of renderSet('loop', { only: [0, 1, 2, 3, 4, 5] }).photos) {
    await sharp(rgb, { raw: { width, height, channels: 3 } })
      .jpeg({ quality: 92 })
      .toFile(path.join(photos, name))
  }
  const out = path.join(root, 'whole')
  expect(await epipole(args(out))).toMatchObject({ code: 0 })
  whole = await outputs(out)
})
afterAll(() => rm(root, { recursive: true, force: true }))

/** All outputs that hold no timings. */
async function outputs(out: string): Promise<Record<string, Buffer>> {
  const names = ['cameras', 'images', 'points3D'].map((name) => `sparse/0/${name}.bin`)
  const files = [...names, 'points.ply', 'transforms.json', 'database.db']
  return Object.fromEntries(await Promise.all(files.map(async (name) => [name, await readFile(path.join(out, name))])))
}

async function expectSame(out: string): Promise<void> {
  const found = await outputs(out)
  for (const [name, bytes] of Object.entries(whole)) expect([name, bytes.equals(found[name]!)]).toEqual([name, true])
}

/** Runs until a stage has ended, then sends the signal. */
function runUntil(stage: string, out: string, signal: NodeJS.Signals): Promise<Finished> {
  let sent = false
  return epipole(args(out), {
    onStderr: (text, child) => {
      if (!sent && text.includes(`✓ ${stage}`)) sent = child.kill(signal)
    },
  })
}

test.each(['photos', 'features', 'matching'])(
  'Ctrl-C after %s: exit code 130, and the same command ends the same',
  async (stage) => {
    const out = path.join(root, `int-${stage}`)
    const stopped = await runUntil(stage, out, 'SIGINT')
    expect(stopped.code).toBe(130)
    expect(stopped.stderr).toContain('Run the same command again')
    expect(stopped.stdout).toBe('')
    const again = await epipole(args(out))
    expect(again.code).toBe(0)
    if (stage !== 'photos') expect(again.stderr).toMatch(/features .*reused/)
    await expectSame(out)
  },
)

test('kill -9 at any stage, again and again: the same bytes in the end', async () => {
  const out = path.join(root, 'killed')
  for (const stage of ['photos', 'features', 'matching', 'mapping']) {
    const killed = await runUntil(stage, out, 'SIGKILL')
    expect([stage, killed.killedBy ?? killed.code]).toEqual([stage, 'SIGKILL'])
  }
  expect(await epipole(args(out))).toMatchObject({ code: 0 })
  await expectSame(out)
})

test('another number of workers, and work begun afresh: the same bytes', async () => {
  const out = path.join(root, 'one-worker')
  expect(await epipole([...args(out), '--workers', '1'])).toMatchObject({ code: 0 })
  await expectSame(out)
  const fresh = await epipole([...args(out), '--fresh'])
  expect(fresh.stderr).not.toContain('reused')
  await expectSame(out)
})

test('a photo that is gone is noticed, and only what it touches is done again', async () => {
  const out = path.join(root, 'changed')
  expect(await epipole(args(out))).toMatchObject({ code: 0 })
  const last = path.join(photos, 'loop-06.jpg')
  const bytes = await readFile(last)
  await rm(last)
  try {
    const run = await epipole(args(out))
    expect(run).toMatchObject({ code: 0 })
    expect(run.stderr).toContain('photos changed since the last run into this folder: 1 gone')
    expect(run.stderr).toMatch(/✓ features .*all reused/)
    expect(run.stderr).toMatch(/✓ matching .*all reused/)
  } finally {
    await writeFile(last, bytes)
  }
})
