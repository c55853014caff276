import { spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { EXIT_CODES } from '../packages/epipole/dist/cli/exit-codes.js'
import { picture } from '../packages/epipole/test-support/pictures.js'
import { BIN, epipole } from './support/cli.js'

let root: string
beforeAll(async () => {
  root = await mkdtemp(path.join(os.tmpdir(), 'epipole-cli-'))
})
afterAll(() => rm(root, { recursive: true, force: true }))

/** A folder of files under the test's own; also the working directory, so that the default output lies in it. */
async function folder(name: string, files: Readonly<Record<string, Uint8Array | string>>): Promise<string> {
  const at = path.join(root, name, 'photos')
  await mkdir(at, { recursive: true })
  for (const [file, content] of Object.entries(files)) await writeFile(path.join(at, file), content)
  return at
}

const jpeg = (seed: number) => picture(160, 120, undefined, seed).jpeg().toBuffer()

describe('usage', () => {
  test('help and version go to stdout and are no error', async () => {
    const help = await epipole(['--help'])
    expect(help).toMatchObject({ code: 0, stderr: '' })
    for (const word of ['reconstruct', 'pair', 'info', 'compare', 'convert', 'describe', 'demo'])
      expect(help.stdout).toContain(word)
    for (const { code, meaning } of EXIT_CODES) expect(help.stdout).toContain(`${code}  ${meaning}`)
    const version = await epipole(['--version'])
    expect(version.code).toBe(0)
    expect(version.stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
    for (const flag of [
      ...['--out', '--intrinsics', '--refine-intrinsics', '--camera', '--shared-camera', '--features', '--matching'],
      ...['--max-image-size', '--max-features', '--seed', '--workers', '--fresh', '--open', '--json', '--text'],
    ]) {
      expect((await reconstructHelp()).stdout).toContain(flag)
    }
  })

  let cached: ReturnType<typeof epipole> | undefined
  const reconstructHelp = () => {
    cached ??= epipole(['reconstruct', '--help'])
    return cached
  }

  test.each([
    [['recontruct', 'x'], 'Did you mean reconstruct?'],
    [['reconstruct', 'x', '--ot', 'y'], 'Did you mean --out?'],
    [['reconstruct', 'x', '--matching', 'exhastive'], 'Did you mean exhaustive?'],
    [['reconstruct', 'x', '--camera', 'SIMPLE_RADAL'], 'Did you mean SIMPLE_RADIAL?'],
    [['reconstruct', 'x', '--workers', 'two'], 'whole number'],
    [['reconstruct', 'x', '--refine-intrinsics'], '--intrinsics'],
    [['reconstruct', 'x', '--intrinsics', '1,1,1,1', '--camera', 'OPENCV'], 'PINHOLE'],
    [['reconstruct'], "missing required argument 'photos'"],
    [['reconstruct', 'a', 'b'], 'too many arguments'],
    [[], 'Usage: epipole'],
  ])('%j is misuse: exit code 2, told on stderr', async (args, message) => {
    const { code, stdout, stderr } = await epipole(args)
    expect(stderr).toContain(message)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  })

  test('with --json an error is the one line on stdout too', async () => {
    for (const [args, code, kind] of [
      [['reconstruct', '/no/such/folder', '--json'], 3, 'input'],
      [['reconstruct', 'x', '--workers', 'two', '--json'], 2, 'usage'],
      [['info', '/no/such/folder', '--json'], 3, 'input'],
      [['compare', '/no/such/model', '/no/such/truth', '--json'], 3, 'input'],
    ] as const) {
      const run = await epipole(args)
      expect([args.join(' '), run.code]).toEqual([args.join(' '), code])
      expect(run.stdout.trimEnd().split('\n')).toHaveLength(1)
      expect(JSON.parse(run.stdout)).toMatchObject({ ok: false, error: { code: kind } })
    }
  })

  test('an old Node is told what is needed', async () => {
    const old = `data:text/javascript,Object.defineProperty(process,'versions',{value:{node:'18.20.1'}})`
    const run = await epipole(['--help'], { node: ['--import', old] })
    expect(run).toMatchObject({ code: 2, stdout: '' })
    expect(run.stderr).toMatch(/needs Node 20\.19 or newer/)
  })

  test.runIf(process.platform !== 'win32')('a reader that leaves early is no error', () => {
    const { status, stderr } = spawnSync('sh', ['-c', `"${process.execPath}" "${BIN}" --help | head -1 >/dev/null`])
    expect([status, stderr.toString()]).toEqual([0, ''])
  })
})

describe('info', () => {
  test('says what would be done', async () => {
    const at = await folder('info', { 'a.jpg': await jpeg(1), 'b.jpg': await jpeg(2), 'c.jpg': 'text', 'K.txt': '1' })
    const { code, stdout } = await epipole(['info', at])
    expect(code).toBe(0)
    expect(stdout).toMatch(/^photos: 2 photos, 2 cameras, 1 pair, a few seconds\n/)
    expect(stdout).toContain('refused: c.jpg: The file is text')
    expect(stdout).toContain('1 other file ignored')
    const json = JSON.parse((await epipole(['info', at, '--json', '--shared-camera'])).stdout)
    expect(json).toMatchObject({ ok: true, cameras: 1, estimate: { pairs: 1 }, refused: [{ name: 'c.jpg' }] })
  })
})

describe('bad input', () => {
  test('an empty folder: exit code 3, and no output folder appears', async () => {
    const at = await folder('empty', {})
    const { code, stderr } = await epipole(['reconstruct', at], { cwd: path.dirname(at) })
    expect(code).toBe(3)
    expect(stderr).toContain('holds no photos')
    expect(await readdir(path.dirname(at))).toEqual(['photos'])
  })

  test('one photo and files that are none: exit code 3, and each has its line in the report', async () => {
    const whole = await jpeg(1)
    const at = await folder('bad', {
      'cut.jpg': whole.subarray(0, whole.length / 2),
      'good.jpg': whole,
      'text.jpg': 'I am no photo',
      'zero.jpg': '',
    })
    const { code, stdout } = await epipole(['reconstruct', at, '--workers', '1'], { cwd: path.dirname(at) })
    expect(code).toBe(3)
    for (const name of ['cut.jpg', 'text.jpg', 'zero.jpg', 'good.jpg']) expect(stdout).toContain(name)
    const report = JSON.parse(await readFile(path.join(at, '../photos-epipole/report.json'), 'utf8'))
    const tests = Object.fromEntries(
      report.photos.map((p: { name: string; verdict?: { test: string } }) => [p.name, p.verdict?.test]),
    )
    expect(tests).toMatchObject({ 'cut.jpg': 'truncated-file', 'text.jpg': 'not-a-photo', 'zero.jpg': 'empty-file' })
    expect(tests['good.jpg']).toBeTypeOf('string')
    expect(report.verdict.word).toBe('none')
  })

  test('photos that share nothing: exit code 1, one line a stage, one line of JSON', async () => {
    const at = await folder('noise', { 'a.jpg': await jpeg(1), 'b.jpg': await jpeg(2), 'c.jpg': await jpeg(3) })
    const run = await epipole(['reconstruct', at, '--workers', '1', '--json'], { cwd: path.dirname(at) })
    expect(run.code).toBe(1)
    expect(run.stdout.trimEnd().split('\n')).toHaveLength(1)
    expect(JSON.parse(run.stdout)).toMatchObject({
      ok: false,
      exitCode: 1,
      verdict: { word: 'none' },
      photos: { total: 3, registered: 0 },
      models: [],
    })
    const lines = run.stderr.trimEnd().split('\n')
    expect(lines[0]).toBe('photos: 3 photos, 3 pairs, a few seconds')
    expect(lines.slice(1).every((line) => line.startsWith('✓ '))).toBe(true)
    const stages = lines.slice(1).map((line) => line.split(/\s+/)[1])
    expect(new Set(stages).size).toBe(stages.length)
    expect(run.stderr).not.toContain('\u001b')
  })

  test('an output folder that cannot be written: exit code 4, with its name', async () => {
    const at = await folder('unwritable', { 'a.jpg': await jpeg(1), 'b.jpg': await jpeg(2), file: 'x' })
    const out = path.join(at, 'file', 'out')
    const { code, stderr } = await epipole(['reconstruct', at, '--out', out])
    expect(code).toBe(4)
    expect(stderr).toContain(out)
  })

  test("a folder with another set's work, or a foreign model: exit code 2, untouched", async () => {
    const at = await folder('mine', { 'a.jpg': await jpeg(1), 'b.jpg': await jpeg(2) })
    const other = await folder('other', { 'c.jpg': await jpeg(3), 'd.jpg': await jpeg(4) })
    const cwd = path.dirname(at)
    await epipole(['reconstruct', at, '--workers', '1'], { cwd })
    const before = await readFile(path.join(cwd, 'photos-epipole/report.json'), 'utf8')
    const run = await epipole(['reconstruct', other, '--out', 'photos-epipole'], { cwd })
    expect(run.code).toBe(2)
    expect(run.stderr).toContain('holds work on other photos')
    expect(await readFile(path.join(cwd, 'photos-epipole/report.json'), 'utf8')).toBe(before)
    await mkdir(path.join(cwd, 'foreign/sparse/0'), { recursive: true })
    const foreign = await epipole(['reconstruct', at, '--out', 'foreign', '--fresh'], { cwd })
    expect(foreign.code).toBe(2)
    expect(await readdir(path.join(cwd, 'foreign'))).toEqual(['sparse'])
  })

  test('intrinsics that cannot be meant: told before any work', async () => {
    const at = await folder('wrong-k', { 'a.jpg': await jpeg(1), 'b.jpg': await jpeg(2) })
    const K = path.join(at, '../K.txt')
    const cwd = path.dirname(at)
    for (const [text, message] of [
      ['1 2 3', /3 numbers/],
      ['100 5 80 0 100 60 0 0 1', /skew/],
      ['1 PINHOLE 1600 1200 1000 1000 800 600', /1600 × 1200.*160 × 120/],
    ] as const) {
      await writeFile(K, text)
      const run = await epipole(['reconstruct', at, '--intrinsics', K], { cwd })
      expect([run.code, run.stdout]).toEqual([3, ''])
      expect(run.stderr).toMatch(message)
      expect(await readdir(cwd)).not.toContain('photos-epipole')
    }
  })
})
