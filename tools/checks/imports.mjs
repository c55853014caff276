// Which package may import which, by published entries only, without cycles; and no Node modules outside files for Node.
import { existsSync, readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import path from 'node:path'
import { isTest, problem, root } from './sources.mjs'

/** A package may import only what its row lists. */
export const allowedImports = {
  '@epipole/core': [],
  '@epipole/geometry': ['@epipole/core'],
  '@epipole/features': ['@epipole/core', '@epipole/geometry'],
  '@epipole/sfm': ['@epipole/core', '@epipole/geometry', '@epipole/features'],
  '@epipole/graph': ['@epipole/core'],
  '@epipole/learn': ['@epipole/core', '@epipole/graph'],
  '@epipole/viewer': ['@epipole/core', '@epipole/sfm'],
  '@epipole/samples': ['@epipole/core', '@epipole/geometry', '@epipole/sfm'],
  epipole: '*',
  '@epipole/bench': '*',
}

const manifests = new Map()
export function manifestOf(file) {
  const folder = file.startsWith('packages/') ? file.split('/').slice(0, 2).join('/') : file.split('/')[0]
  if (!manifests.has(folder)) {
    const at = path.join(root, folder, 'package.json')
    manifests.set(folder, existsSync(at) ? { folder, ...JSON.parse(readFileSync(at, 'utf8')) } : undefined)
  }
  return manifests.get(folder)
}

/** All module requests of a file: `{ request, start, typeOnly, dynamic }`. */
export function requestsOf({ text, module }) {
  const requests = []
  for (const { moduleRequest, entries, start } of module.staticImports) {
    const typeOnly = entries.length > 0 && entries.every((entry) => entry.isType)
    requests.push({ request: moduleRequest.value, start, typeOnly })
  }
  for (const { entries } of module.staticExports) {
    for (const entry of entries) {
      if (entry.moduleRequest)
        requests.push({ request: entry.moduleRequest.value, start: entry.start, typeOnly: entry.isType })
    }
  }
  for (const { moduleRequest, start } of module.dynamicImports) {
    const literal = /^(['"`])([^'"`$]+)\1$/.exec(text.slice(moduleRequest.start, moduleRequest.end))
    requests.push({ request: literal?.[2], start, typeOnly: false, dynamic: true })
  }
  return requests
}

/**
 * In libraries, files for Node carry it in their name. `epipole` knows files by its nature; that its browser entry reaches
 * none of them is what tests/browser-bundles.test.ts shows.
 */
const isForNode = (file) =>
  isTest(file) || file.endsWith('.node.ts') || /^(bench|samples|packages\/epipole)\//.test(file)

export function checkImports(source) {
  const { file } = source
  const manifest = manifestOf(file)
  const problems = []
  for (const { request, start, typeOnly } of requestsOf(source)) {
    const add = (message) => problems.push(problem(source, start, message))
    if (request === undefined) add('imports by a computed name: name the module, so that bundlers and checks see it')
    else if (request.startsWith('.')) checkRelative(file, request, add)
    else if (request.startsWith('#')) {
      if (!manifest?.imports?.[request]) add(`${request} is not among the package's "imports"`)
    } else if (isBuiltin(request)) {
      if (!request.startsWith('node:')) add(`write node:${request}`)
      if (!isForNode(file)) add(`${request} in a file that is not for Node (name it *.node.ts)`)
    } else if (manifest) checkPackage(manifest, file, request, typeOnly, add)
  }
  return problems
}

function checkRelative(file, request, add) {
  const target = path.posix.join(path.posix.dirname(file), request)
  const folder = file.startsWith('packages/') ? file.split('/').slice(0, 2).join('/') : file.split('/')[0]
  if (!file.startsWith('tests/') && !target.startsWith(isTest(file) ? `${folder}/` : `${folder}/src/`))
    add(`${request} leaves the package's sources`)
  else if (request.endsWith('.js')) {
    const built = file.startsWith('tests/') && target.includes('/dist/')
    if (!built && !existsSync(path.join(root, target.replace(/\.js$/, '.ts')))) add(`${request} does not exist`)
  } else if (!isTest(file)) add(`${request} has no .js extension`)
}

function checkPackage(manifest, file, request, typeOnly, add) {
  const name = request
    .split('/')
    .slice(0, request.startsWith('@') ? 2 : 1)
    .join('/')
  const test = isTest(file)
  if (name === manifest.name) return add('imports its own package by name: use a relative path')
  const workspace = name === 'epipole' || name.startsWith('@epipole/')
  const allowed = allowedImports[manifest.name]
  if (workspace && allowed === undefined) return add(`${manifest.name} has no row in the table of allowed imports`)
  if (workspace && allowed !== '*' && !allowed.includes(name) && !test)
    return add(`${manifest.name} may not import ${name}`)
  if (workspace) {
    const folder =
      name === 'epipole' ? 'packages/epipole' : name === '@epipole/samples' ? 'samples' : `packages/${name.slice(9)}`
    const entry = `.${request.slice(name.length)}`
    const target = manifestOf(`${folder}/x`)
    if (!target) add(`${name} does not exist`)
    else if (!target.exports?.[entry]) add(`${request} is not an entry of ${name}: import what its "exports" list`)
  }
  const declared = {
    ...manifest.dependencies,
    ...manifest.peerDependencies,
    ...(test || typeOnly || manifest.private ? { ...manifest.devDependencies, ...rootDev() } : {}),
  }
  if (!(name in declared) && !(`@types/${name}` in declared)) add(`${name} is not in ${manifest.folder}/package.json`)
}

const rootDev = () => JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')).devDependencies

/** Cycles among the files' run-time imports (types are erased, so they make none). */
export function checkCycles(sources) {
  const graph = new Map(
    sources.map((source) => [
      source.file,
      requestsOf(source)
        .filter(({ request, typeOnly, dynamic }) => request?.startsWith('.') && !typeOnly && !dynamic)
        .map(({ request }) => path.posix.join(path.posix.dirname(source.file), request).replace(/\.js$/, '.ts')),
    ]),
  )
  const problems = []
  const state = new Map()
  const visit = (file, trail) => {
    if (state.get(file) === 'done' || !graph.has(file)) return
    if (state.get(file) === 'open') {
      problems.push(`${file}:1:1 imports itself: ${[...trail.slice(trail.indexOf(file)), file].join(' → ')}`)
      return
    }
    state.set(file, 'open')
    for (const target of graph.get(file)) visit(target, [...trail, file])
    state.set(file, 'done')
  }
  for (const file of graph.keys()) visit(file, [])
  return problems
}
