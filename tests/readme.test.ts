import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { transformWithOxc } from 'vite'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { command, root } from './support/install.js'

// A block that a README opens with ```ts run is run, and must print what its console.log lines promise in their comments. All blocks of
// TypeScript are right for its compiler, at its strictest, as most of those who copy them have it.

interface Example {
  readonly title: string
  readonly code: string
  readonly runs: boolean
}

function examples(): Example[] {
  const folders = ['.', ...readdirSync(path.join(root, 'packages')).map((name) => `packages/${name}`), 'samples']
  const found: Example[] = []
  for (const folder of folders) {
    const file = path.join(root, folder, 'README.md')
    if (!existsSync(file)) continue
    const blocks = readFileSync(file, 'utf8').matchAll(/^```ts( run)?\n([\s\S]*?)^```$/gm)
    for (const [i, [, run, code]] of [...blocks].entries()) {
      found.push({
        title: `${path.join(folder, 'README.md')}, example ${i + 1}`,
        code: code as string,
        runs: run !== undefined,
      })
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

test.each(examples().filter(({ runs }) => runs))('$title', async ({ code }) => {
  const promised = [...code.matchAll(/console\.log\(.*\) \/\/ (.*)$/gm)].map(([, text]) => text)
  expect(promised.length).toBeGreaterThan(0)
  const file = path.join(folder, 'example.mjs')
  await writeFile(file, (await transformWithOxc(code, 'example.ts')).code)
  const printed = (await command(folder, process.execPath, file)).trimEnd().split('\n')
  expect(printed).toEqual(promised)
})
/** What examples that do not run take from around them. */
const AROUND = `declare const input: HTMLInputElement
declare const photo: { width: number; height: number; channels: 3; data: Uint8Array }
declare const other: typeof photo
`

test('the compiler has nothing against any of them', async () => {
  const all = examples()
  const names = new Map(all.map(({ title }, i) => [`example-${i}.mts`, title]))
  const options = {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    module: 'nodenext',
    lib: ['es2023', 'dom'],
    types: ['node'],
  }
  const project = path.join(folder, 'types')
  await mkdir(project)
  await writeFile(path.join(project, 'around.d.ts'), AROUND)
  await writeFile(path.join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions: options, include: ['*'] }))
  for (const [i, { code }] of all.entries())
    await writeFile(path.join(project, `example-${i}.mts`), `${code}\nexport {}\n`)
  const compiler = path.join(root, 'node_modules', 'typescript', 'bin', 'tsc')
  const told = await command(project, process.execPath, compiler, '--pretty', 'false').catch(
    (error: Error) => error.message,
  )
  expect(told.replace(/example-\d+\.mts/g, (file) => names.get(file) ?? file)).toBe('')
})
