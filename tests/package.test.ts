import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { launchChromium } from './support/chromium.js'
import { command, installAll, type Packed, packAll, root } from './support/install.js'
import { bundlePage, openPage } from './support/page.js'

// What a user gets: the packed packages, installed in an empty folder outside the workspace.

let folder: string
let packed: Packed[]
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'epipole-package-'))
  await mkdir(path.join(folder, 'tarballs'))
  await mkdir(path.join(folder, 'consumer'))
  packed = await packAll(path.join(folder, 'tarballs'))
  await installAll(path.join(folder, 'consumer'), packed)
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** Every entry of every package with the value names that docs/api lists for it. */
async function documentedEntries(): Promise<Map<string, string[]>> {
  const entries = new Map<string, string[]>()
  for (const { folder: source } of packed) {
    let names: string[] = []
    for (const line of (await readFile(path.join(root, 'docs/api', `${path.basename(source)}.txt`), 'utf8')).split(
      '\n',
    )) {
      if (/^\S/.test(line)) {
        names = []
        entries.set(line, names)
      } else if (line.trim() !== '' && !line.startsWith('  type ')) names.push(line.trim())
    }
  }
  return entries
}

test('all packages are packed, with README and licence and without tests', () => {
  expect(packed.map(({ manifest }) => manifest.name)).toEqual(expect.arrayContaining(['@epipole/core', 'epipole']))
  for (const { manifest, files } of packed) {
    expect(files, manifest.name).toEqual(
      expect.arrayContaining(['package.json', 'README.md', 'LICENSE', 'dist/index.js', 'dist/index.d.ts']),
    )
    expect(files.filter((file) => /\.(data-)?test|test-support|tsbuildinfo/.test(file))).toEqual([])
  }
})

test('each entry is imported in Node and exports what docs/api lists', async () => {
  const entries = await documentedEntries()
  const script = `const all = {}
for (const name of ${JSON.stringify([...entries.keys()])}) all[name] = Object.keys(await import(name)).sort()
console.log(JSON.stringify(all))`
  await writeFile(path.join(folder, 'consumer/import-all.js'), script)
  const imported = JSON.parse(
    await command(path.join(folder, 'consumer'), process.execPath, 'import-all.js'),
  ) as Record<string, string[]>
  expect(imported).toEqual(Object.fromEntries([...entries].map(([name, names]) => [name, names.toSorted()])))
})

test('one page with all browser entries is built by Vite and runs', async () => {
  const names = [...(await documentedEntries()).keys()].filter((name) => !name.endsWith('/node'))
  const page = `${names.map((name, i) => `import * as p${i} from ${JSON.stringify(name)}`).join('\n')}
globalThis.packages = { ${names.map((name, i) => `${JSON.stringify(name)}: Object.keys(p${i}).length`).join(', ')} }
globalThis.answer = p0.hypot(3, 4)`
  const entry = path.join(folder, 'consumer/page.js')
  await writeFile(entry, page)
  const browser = await launchChromium()
  try {
    const { page: tab, errors } = await openPage(browser, await bundlePage(entry))
    await tab.waitForFunction('globalThis.answer')
    expect(await tab.evaluate('answer')).toBe(5)
    const counts = (await tab.evaluate('packages')) as Record<string, number>
    expect(Object.keys(counts)).toEqual(names)
    expect(errors).toEqual([])
  } finally {
    await browser.close()
  }
})

test('npx epipole starts', async () => {
  const cli = packed.find(({ manifest }) => manifest.name === 'epipole')
  const version = await command(path.join(folder, 'consumer'), 'npx', '--no-install', 'epipole', '--version')
  expect(version.trim()).toBe(cli?.manifest.version)
})

test('npx epipole reconstructs the sample that comes with it', async () => {
  const consumer = path.join(folder, 'consumer')
  const output = await command(consumer, 'npx', '--no-install', 'epipole', 'demo', '--json', '--out', 'demo')
  expect(output.trimEnd().split('\n')).toHaveLength(1)
  const { ok, photos, models, truth } = JSON.parse(output) as {
    ok: boolean
    photos: { registered: number; total: number }
    models: unknown[]
    truth: { centerRmse: number; sceneSize: number }
  }
  expect([ok, photos.registered, models.length]).toEqual([true, photos.total, 1])
  expect(photos.total).toBeGreaterThanOrEqual(16)
  expect(truth.centerRmse).toBeLessThan(0.001 * truth.sceneSize)
  expect((await stat(path.join(consumer, 'demo/report.html'))).size).toBeGreaterThan(100_000)
})

describe('the packages are well made', () => {
  test('publint finds nothing', async () => {
    for (const { manifest, tarball } of packed) {
      const bytes = await readFile(tarball)
      const { messages } = await publint({
        strict: true,
        pack: { tarball: new Uint8Array(bytes).buffer },
      })
      expect(messages.map((message) => formatMessage(message, manifest as never))).toEqual([])
    }
  })

  test('attw finds nothing (ESM only)', async () => {
    for (const { tarball } of packed) {
      const attw = path.join(root, 'node_modules/@arethetypeswrong/cli/dist/index.js')
      // Exits with an error, and so rejects, on any problem.
      const output = await command(
        root,
        process.execPath,
        attw,
        '--profile',
        'esm-only',
        '--no-emoji',
        '--format',
        'table',
        tarball,
      )
      expect(output).toMatch(/node16 \(from ESM\) +│ OK \(ESM\)/)
      expect(output).toMatch(/bundler +│ OK/)
    }
  })
})
