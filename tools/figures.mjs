// Draws the figures of the documentation (docs/figures) with the libraries themselves: `npm run figures`.
import { mkdirSync, writeFileSync } from 'node:fs'
import { add, f32, maximum, mul, scalarArray, trace } from '@epipole/graph'
import { explain, graphSvg } from '@epipole/graph/inspect'
import { epipolarLines } from './figures/epipolar-lines.mjs'
import { pinholeSketch } from './figures/pinhole.mjs'
import { ransacLine } from './figures/ransac-line.mjs'

const folder = new URL('../docs/figures/', import.meta.url)
mkdirSync(folder, { recursive: true })

// f = 2 (x y + max(z, w)): values forward, gradients backward.
const { graph } = trace(({ x, y, z, w }) => ({ f: mul(add(mul(x, y), maximum(z, w)), 2) }), {
  x: f32(),
  y: f32(),
  z: f32(),
  w: f32(),
})
const feeds = [3, -4, 2, -1].map((value) => scalarArray(value))
writeFileSync(new URL('gates.svg', folder), graphSvg(graph, explain(graph, feeds)))

writeFileSync(new URL('epipolar-lines.svg', folder), await epipolarLines())
writeFileSync(new URL('pinhole.svg', folder), pinholeSketch())
writeFileSync(new URL('ransac-line.svg', folder), ransacLine())
