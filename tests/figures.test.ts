import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { epipolarLines } from '../tools/figures/epipolar-lines.mjs'
import { gates } from '../tools/figures/gates.mjs'
import { pinholeSketch } from '../tools/figures/pinhole.mjs'
import { ransacLine } from '../tools/figures/ransac-line.mjs'

const folder = path.join(import.meta.dirname, '../docs/figures')
const drawings: Readonly<Record<string, () => string | Promise<string>>> = {
  'epipolar-lines.svg': epipolarLines,
  'gates.svg': gates,
  'pinhole.svg': pinholeSketch,
  'ransac-line.svg': ransacLine,
}

/**
 * The photos in a figure are files of an encoder, which may change with its version; everything drawn over them is compared letter
 * for letter.
 */
function withoutPhotos(svg: string): string {
  return svg.replace(/data:image\/jpeg;base64,[A-Za-z0-9+/=]+/g, 'photo')
}

test('every figure of the documentation has its drawing', () => {
  expect(readdirSync(folder).sort()).toEqual(Object.keys(drawings))
})

test.each(Object.keys(drawings))('%s is what the library draws today', async (name) => {
  const drawn = await drawings[name]!()
  expect(withoutPhotos(drawn)).toBe(withoutPhotos(readFileSync(path.join(folder, name), 'utf8')))
})
