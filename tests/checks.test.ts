import { describe, expect, test } from 'vitest'
import { exportedNames } from '../tools/checks/exports.mjs'
import { checkFixedBits } from '../tools/checks/fixed-bits.mjs'
import { checkHygiene } from '../tools/checks/hygiene.mjs'
import { checkCycles, checkImports } from '../tools/checks/imports.mjs'
import { checkLockfile } from '../tools/checks/lockfile.mjs'
import { parse } from '../tools/checks/sources.mjs'

// The workspace's own rules must catch what they forbid, and let pass what they allow.

const geometry = 'packages/geometry/src/index.ts'
const geometryTest = 'packages/geometry/src/index.test.ts'

describe('fixed bits', () => {
  test.each([
    'export const a = Math.sin(1)',
    "export const a = Math['cos'](1)",
    'export const a = (f: "tan") => Math[f](1)',
    'export const a = Math.hypot(3, 4)',
    'export const a = Math.random()',
    'const { sin } = Math; export const a = sin(1)',
    'export const a = (m = Math) => m.sin(1)',
    'export const a = (x: number) => x ** 0.5',
    'export const a = (x: number) => x ** 3',
    'export const a = (x: number, n: number) => 2 ** n',
    'export const a = (x: number) => { x **= 2; return x }',
    'export const a = Date.now()',
    'export const a = new Date()',
    'export const a = ["b", "a"].sort((x, y) => x.localeCompare(y))',
    'export const a = (1.5).toLocaleString()',
  ])('refuses %s', (text) => {
    expect(checkFixedBits(parse(geometry, text))).toEqual([
      expect.stringMatching(/^packages\/geometry\/src\/index\.ts:1:\d+ /),
    ])
  })

  test.each([
    'export const a = Math.sqrt(2) + Math.abs(-1) + Math.floor(Math.PI)',
    'export const a = (x: number) => x ** 2 + 2 ** 30 + 2 ** -52 + 2 ** Math.floor(x)',
    'import { sin } from "@epipole/core"; export const a = sin(1)',
    'export const a = "Math.sin"; // Math.sin(1)',
    'export const a = (when: Date) => when',
  ])('allows %s', (text) => {
    expect(checkFixedBits(parse(geometry, text))).toEqual([])
  })
})

describe('hygiene', () => {
  test.each([
    '// @ts-ignore\nlet a',
    '/* @ts-nocheck */ let a',
    '// TODO: the rest\nlet a',
    'test.skip("a", () => {})',
    'describe.only("a", () => {})',
    'it.skip("a", () => {})',
    'test.concurrent.todo("a")',
    'test.runIf(process.env.SLOW)("a", () => {})',
  ])('refuses %s', (text) => {
    expect(checkHygiene(parse(geometryTest, text))).toHaveLength(1)
  })

  test('allows ordinary tests, and asking for an operating system', () => {
    const text = 'test("skip", () => { only.skip() }); test.runIf(process.platform === "linux")("a", () => {})'
    expect(checkHygiene(parse(geometryTest, text))).toEqual([])
    expect(checkHygiene(parse(geometry, '// @ts-expect-error\nlet a'))).toHaveLength(1)
    expect(checkHygiene(parse(geometryTest, '// @ts-expect-error\nlet a'))).toEqual([])
  })
})

describe('imports', () => {
  test.each([
    ['a package of a higher row', geometry, "import { a } from '@epipole/sfm'"],
    ['its own package by name', geometry, "export { a } from '@epipole/geometry'"],
    ['a deep path', geometry, "import { a } from '@epipole/core/dist/errors.js'"],
    ['a package that is not declared', geometry, "import three from 'three'"],
    ['a package that is only there for tests', geometry, "import fc from 'fast-check'"],
    ['Node in a library', geometry, "import fs from 'node:fs'"],
    ['Node without its prefix', 'bench/src/index.ts', "import fs from 'fs'"],
    ['another package by a path', geometry, "import { a } from '../../core/src/index.js'"],
    ['a file that does not exist', geometry, "export * from './no-such-file.js'"],
    ['a computed name', geometry, 'export const a = (name: string) => import(name)'],
    ['an undeclared #name', geometry, "import { a } from '#platform'"],
  ])('refuses %s', (_, file, text) => {
    expect(checkImports(parse(file, text))).toHaveLength(1)
  })

  test.each([
    [geometry, "import { sin } from '@epipole/core'; export * from './camera/camera.js'"],
    ['packages/geometry/src/files.node.ts', "import fs from 'node:fs'"],
    [geometryTest, "import fc from 'fast-check'; import fs from 'node:fs'"],
    ['packages/epipole/src/photos/photo.ts', "import { a } from '#platform'; import sharp from 'sharp'"],
  ])('allows %s: %s', (file, text) => {
    expect(checkImports(parse(file, text))).toEqual([])
  })

  test('finds cycles of run-time imports, not of types', () => {
    const files = (last: string) => [
      parse('packages/geometry/src/a.ts', "import { b } from './b.js'"),
      parse('packages/geometry/src/b.ts', "export { c } from './c.js'"),
      parse('packages/geometry/src/c.ts', last),
    ]
    expect(checkCycles(files("import { a } from './a.js'"))).toEqual([
      expect.stringContaining('geometry/src/a.ts → packages/geometry/src/b.ts → packages/geometry/src/c.ts'),
    ])
    expect(checkCycles(files("import type { A } from './a.js'"))).toEqual([])
  })
})

test('export lists follow re-exports and tell types from values', () => {
  const files: Record<string, string> = {
    'x/index.ts': "export * from './a.js'; export { c as d, type E } from './b.js'; export default 1",
    'x/a.ts': 'export const a = 1; export interface A {}; export type { E } from "./b.js"',
    'x/b.ts': 'export const c = 1; export type E = 1',
  }
  const names = exportedNames('x/index.ts', (file: string) => parse(file, files[file]))
  expect([...names].sort()).toEqual([
    ['A', true],
    ['E', true],
    ['a', false],
    ['d', false],
    ['default', false],
  ])
})

test('a lock file without a package for another platform is refused', () => {
  const tool = { optionalDependencies: { 'tool-linux': '1.0.0', 'tool-mac': '1.0.0' } }
  const packages = { '': {}, 'node_modules/tool': tool, 'node_modules/tool-linux': {} }
  expect(checkLockfile({ packages })).toEqual([expect.stringContaining('lacks tool-mac')])
  expect(checkLockfile({ packages: { ...packages, 'node_modules/tool-mac': {} } })).toEqual([])
})
