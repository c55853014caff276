// Bundles the report page's viewer into one classic script and hands it to `epipole` as a module of strings, which ships in
// its npm package: `report.html` is opened from disk, where neither module imports nor other files can be loaded.
import { createHash } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'

const viewer = join(dirname(fileURLToPath(import.meta.url)), '..')
const target = join(viewer, '../epipole/dist/report/viewer-page.js')

const result = await build({
  root: viewer,
  configFile: false,
  logLevel: 'warn',
  build: {
    write: false,
    target: 'es2022',
    lib: { entry: 'dist/page/main.js', formats: ['iife'], name: 'epipoleReport', fileName: 'viewer' },
  },
})
const chunks = (Array.isArray(result) ? result : [result]).flatMap((r) => r.output)
if (chunks.length !== 1) throw new Error(`The viewer must be one script, but ${chunks.length} files came out.`)

const licence = await readFile(join(dirname(fileURLToPath(import.meta.resolve('three'))), '../LICENSE'), 'utf8')
if (!licence.includes('MIT') || licence.includes('*/')) throw new Error('The licence of three.js is not as expected.')
// In JavaScript these sequences occur in strings only, where the backslash changes nothing; in HTML they would end the script.
const code = chunks[0].code.replace(/<\/(script)/gi, '<\\/$1').replace(/<!--/g, '<\\!--')
const script = `/* Holds three.js (threejs.org):\n${licence.trim()}\n*/\n${code}`
const sheet = await readFile(join(viewer, 'src/page/style.css'), 'utf8')
const style = sheet
  .replace(/\/\*[\s\S]*?\*\//g, '')
  .replace(/\n\s*/g, '\n')
  .trim()
if (/<\/style/i.test(style)) throw new Error('The style sheet must not contain its own end tag.')

const hash = `sha256-${createHash('sha256').update(script).digest('base64')}`
const text = [
  '// Made by packages/viewer/tools/bundle.mjs; it holds three.js, with its licence.',
  `export const script = ${JSON.stringify(script)}`,
  `export const scriptHash = ${JSON.stringify(hash)}`,
  `export const style = ${JSON.stringify(style)}`,
  '',
].join('\n')
await mkdir(dirname(target), { recursive: true })
await writeFile(`${target}.tmp`, text)
await rename(`${target}.tmp`, target)
console.log(
  `viewer: ${(script.length / 1000).toFixed(0)} kB of script, ${(style.length / 1000).toFixed(0)} kB of style`,
)
