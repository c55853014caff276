import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { transformWithOxc } from 'vite'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { command, root } from './support/install.js'

// A block that a README opens with ```ts run is run, and must print what its console.log lines promise in their comments.

interface Example {
  readonly title: string
  readonly code: string
}

function examples(): Example[] {
  const folders = ['.', ...readdirSync(path.join(root, 'packages')).map((name) => `packages/${name}`), 'samples']
  const found: Example[] = []
  for (const folder of folders) {
    const file = path.join(root, folder, 'README.md')
    if (!existsSync(file)) continue
    const blocks = readFileSync(file, 'utf8').matchAll(/^```ts run\n([\s\S]*?)^```$/gm)
    for (const [i, [, code]] of [...blocks].entries()) {
      found.push({ title: `${path.join(folder, 'README.md')}, example ${i + 1}`, code: code as string })
    }
  }
  return found
}

let folder: string
beforeAll(async () => {
  // Inside the workspace, so that packages resolve.
  folder = await mkdtemp(path.join(root, 'node_modules', '.readme-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

test.each(examples())('$title', async ({ code }) => {
  const promised = [...code.matchAll(/console\.log\(.*\) \/\/ (.*)$/gm)].map(([, text]) => text)
  expect(promised.length).toBeGreaterThan(0)
  const file = path.join(folder, 'example.mjs')
  await writeFile(file, (await transformWithOxc(code, 'example.ts')).code)
  const printed = (await command(folder, process.execPath, file)).trimEnd().split('\n')
  expect(printed).toEqual(promised)
})
