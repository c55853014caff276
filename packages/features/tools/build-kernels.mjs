// Compiles the AssemblyScript kernels to WebAssembly and inlines each as a base64 module, so that neither bundlers nor
// browsers need a path to a .wasm file. Does nothing when every output is newer than every input.
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Entry files in assembly/, each becoming src/kernels/<name>.generated.ts. */
const entries = ['sift', 'match']

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const sources = join(root, 'assembly')
const outputs = join(root, 'src', 'kernels')
const outputOf = (entry) => join(outputs, `${entry}.generated.ts`)

const newest = (files) => Math.max(...files.map((file) => statSync(file).mtimeMs))
const oldest = (files) =>
  Math.min(...files.map((file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? Number.NEGATIVE_INFINITY))

const inputs = readdirSync(sources)
  .filter((name) => name.endsWith('.ts'))
  .map((name) => join(sources, name))
if (oldest(entries.map(outputOf)) > newest([...inputs, fileURLToPath(import.meta.url)])) process.exit(0)

const { default: asc } = await import('assemblyscript/asc')
mkdirSync(outputs, { recursive: true })
for (const entry of entries) {
  const written = new Map()
  const { error, stderr } = await asc.main(
    [
      `${entry}.ts`,
      ...['--baseDir', sources],
      ...['--outFile', 'kernel.wasm'],
      ...['--runtime', 'stub'],
      ...['--enable', 'simd'],
      ...['--use', 'abort='],
      ...['-O3', '--converge', '--noAssert'],
    ],
    {
      readFile: (name, base) => {
        try {
          return readFileSync(join(base, name), 'utf8')
        } catch {
          return null
        }
      },
      writeFile: (name, contents) => void written.set(name, contents),
    },
  )
  if (error) {
    console.error(stderr.toString())
    console.error(`build-kernels: ${entry}.ts does not compile: ${error.message}`)
    process.exit(1)
  }
  const wasm = Buffer.from(written.get('kernel.wasm'))
  writeFileSync(
    outputOf(entry),
    `/** Generated from assembly/${entry}.ts by tools/build-kernels.mjs: ${wasm.length} bytes of WebAssembly, in base64. */\n` +
      `export const wasm =\n  '${wasm.toString('base64')}'\n`,
  )
  console.log(`kernel ${entry}: ${wasm.length} bytes`)
}
