import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { isBuiltin } from 'node:module'
import path from 'node:path'
import type { Plugin } from 'vite'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { bundlePage } from './support/page.js'

const root = path.resolve(import.meta.dirname, '..')
let folder: string
beforeAll(async () => {
  // Inside the workspace, so that packages resolve as they do for its members.
  folder = await mkdtemp(path.join(root, 'node_modules', '.browser-bundles-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** Notes every import, at any depth, of what a browser has not. */
function nodeOnly(found: string[]): Plugin {
  return {
    name: 'node-only',
    enforce: 'pre',
    resolveId(source, importer) {
      if (isBuiltin(source) || /^(sharp|node-sqlite3-wasm|onnxruntime-node)(\/|$)/.test(source)) {
        found.push(`${source}, imported by ${path.relative(root, importer ?? '')}`)
      }
      return null
    },
  }
}

/** The entries of all packages, except those named `./node`. */
async function browserEntries(): Promise<string[]> {
  const entries: string[] = []
  for (const name of await readdir(path.join(root, 'packages'))) {
    const manifest = JSON.parse(await readFile(path.join(root, 'packages', name, 'package.json'), 'utf8')) as {
      name: string
      exports: Record<string, unknown>
    }
    for (const entry of Object.keys(manifest.exports)) {
      if (entry !== './package.json' && !/(^|\/)node$/.test(entry)) entries.push(`${manifest.name}${entry.slice(1)}`)
    }
  }
  return entries
}

async function bundle(text: string): Promise<{ found: string[]; files: ReadonlyMap<string, unknown> }> {
  const entry = path.join(folder, 'entry.js')
  await writeFile(entry, text)
  const found: string[] = []
  const { files } = await bundlePage(entry, [nodeOnly(found)])
  return { found, files }
}

test.each(await browserEntries())('%s bundles for browsers and reaches nothing of Node', async (name) => {
  const { found, files } = await bundle(`import * as all from ${JSON.stringify(name)}; console.log(all)`)
  expect(found).toEqual([])
  expect(files.has('entry.js')).toBe(true)
})

test('a module of Node would be found, in a worker too', async () => {
  await writeFile(path.join(folder, 'worker.js'), "import('sharp').catch(() => {})")
  const { found } = await bundle(
    "import 'node:fs'; new Worker(new URL('./worker.js', import.meta.url), { type: 'module' })",
  )
  expect(found.map((line) => line.split(',')[0])).toEqual(expect.arrayContaining(['node:fs', 'sharp']))
})
