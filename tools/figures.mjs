// Draws the figures of the documentation (docs/figures) with the libraries themselves: `npm run figures`.
import { mkdirSync, writeFileSync } from 'node:fs'
import { epipolarLines } from './figures/epipolar-lines.mjs'
import { gates } from './figures/gates.mjs'
import { pinholeSketch } from './figures/pinhole.mjs'
import { ransacLine } from './figures/ransac-line.mjs'

const folder = new URL('../docs/figures/', import.meta.url)
mkdirSync(folder, { recursive: true })

writeFileSync(new URL('gates.svg', folder), gates())
writeFileSync(new URL('epipolar-lines.svg', folder), await epipolarLines())
writeFileSync(new URL('pinhole.svg', folder), pinholeSketch())
writeFileSync(new URL('ransac-line.svg', folder), ransacLine())
