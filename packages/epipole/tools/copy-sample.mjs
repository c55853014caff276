// Puts the embedded sample into the package for `npm pack`, and takes it away afterwards: `epipole demo` needs no network.
import { cpSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const from = fileURLToPath(new URL('../../../samples/arch/', import.meta.url))
const to = fileURLToPath(new URL('../sample/', import.meta.url))
rmSync(to, { recursive: true, force: true })
if (process.argv[2] !== '--remove') cpSync(from, to, { recursive: true })
