// Each package's exported names are listed in docs/api/<package>.txt, so that a change of the public surface shows in review.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { manifestOf } from './imports.mjs'
import { parse, root } from './sources.mjs'

/** The exported names of a source file, `type` before those that are types only, followed through re-exports. */
export function exportedNames(file, read = parse) {
  const names = new Map()
  for (const { entries } of read(file).module.staticExports) {
    for (const entry of entries) {
      const target = entry.moduleRequest?.value
      if (entry.exportName.kind === 'None' && target?.startsWith('.')) {
        for (const [name, isType] of exportedNames(resolve(file, target), read))
          if (name !== 'default') names.set(name, isType)
        continue
      }
      const name = entry.exportName.kind === 'Default' ? 'default' : (entry.exportName.name ?? `* from ${target}`)
      const origin =
        target?.startsWith('.') && entry.importName.kind === 'Name'
          ? exportedNames(resolve(file, target), read)
          : undefined
      names.set(name, entry.isType || (origin?.get(entry.importName.name) ?? false))
    }
  }
  return names
}

const resolve = (file, request) => path.posix.join(path.posix.dirname(file), request).replace(/\.js$/, '.ts')

function listing(folder) {
  const manifest = manifestOf(`${folder}/x`)
  const lines = []
  for (const [entry, conditions] of Object.entries(manifest.exports ?? {})) {
    const built = [conditions]
      .flatMap((c) => (typeof c === 'string' ? c : Object.values(c)))
      .find((f) => f.endsWith('.js'))
    const file = built && `${folder}/${built.replace('./dist/', 'src/').replace(/\.js$/, '.ts')}`
    if (!file || !existsSync(path.join(root, file))) continue
    lines.push(`${manifest.name}${entry.slice(1)}`)
    for (const [name, isType] of [...exportedNames(file)].sort(([a], [b]) => (a < b ? -1 : 1)))
      lines.push(`  ${isType ? 'type ' : ''}${name}`)
  }
  return `${lines.join('\n')}\n`
}

/** Compares the lists with the sources; with `update`, writes them. */
export function checkExports(update) {
  const problems = []
  mkdirSync(path.join(root, 'docs/api'), { recursive: true })
  for (const name of readdirSync(path.join(root, 'packages')).sort()) {
    const manifest = manifestOf(`packages/${name}/x`)
    if (!manifest || manifest.private) continue
    const file = `docs/api/${name}.txt`
    const now = listing(`packages/${name}`)
    const before = existsSync(path.join(root, file)) ? readFileSync(path.join(root, file), 'utf8') : ''
    if (now === before) continue
    if (update) writeFileSync(path.join(root, file), now)
    else {
      const [was, is] = [new Set(before.split('\n')), new Set(now.split('\n'))]
      const changes = [
        ...[...is].filter((l) => !was.has(l)).map((l) => `+${l.trim()}`),
        ...[...was].filter((l) => !is.has(l)).map((l) => `-${l.trim()}`),
      ]
      problems.push(
        `${file}:1:1 the public surface changed (${changes.join(', ')}): if that is meant, run npm run api and commit the list`,
      )
    }
  }
  return problems
}
