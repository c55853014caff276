// Finds and parses the workspace's TypeScript; parsed once, shared by all checks.
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { parseSync } from 'vite'

export const root = path.resolve(import.meta.dirname, '../..')

/** All source folders: one a workspace package, and the integration tests. */
export function sourceFolders() {
  const folders = readdirSync(path.join(root, 'packages')).map((name) => `packages/${name}/src`)
  return [...folders, 'samples/src', 'bench/src', 'tests'].filter((folder) => {
    try {
      return readdirSync(path.join(root, folder)).length > 0
    } catch {
      return false
    }
  })
}

export function listFiles(folder, extensions = ['.ts']) {
  return readdirSync(path.join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && extensions.some((end) => entry.name.endsWith(end)))
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)).replaceAll(path.sep, '/'))
    .filter((file) => !file.includes('/node_modules/') && !file.includes('/dist/'))
    .sort()
}

export const isTest = (file) => /\.(data-)?test(-support)?\.ts$/.test(file) || file.startsWith('tests/')

/** A parsed file: text, syntax tree, imports and exports, comments. */
export function parse(file, text = readFileSync(path.join(root, file), 'utf8')) {
  const { program, module, comments, errors } = parseSync(file, text, { lang: file.endsWith('.d.ts') ? 'dts' : 'ts' })
  if (errors.length > 0) throw new Error(`${file}: ${errors[0].message}`)
  return { file, text, program, module, comments }
}

/** Calls `visit` on every node of a syntax tree, with its parent. */
export function walk(node, visit, parent) {
  if (node === null || typeof node !== 'object') return
  if (Array.isArray(node)) {
    for (const child of node) walk(child, visit, parent)
    return
  }
  if (typeof node.type === 'string') visit(node, parent)
  for (const [key, child] of Object.entries(node)) if (key !== 'parent') walk(child, visit, node)
}

export function problem({ file, text }, offset, message) {
  const before = text.slice(0, offset).split('\n')
  return `${file}:${before.length}:${before.at(-1).length + 1} ${message}`
}
