import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'

export const root = path.resolve(import.meta.dirname, '../..')
const run = promisify(execFile)

/** Runs a command with plain output; rejects with what it printed. */
export async function command(cwd: string, file: string, ...args: string[]): Promise<string> {
  try {
    const env = { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0' }
    const { stdout } = await run(file, args, { cwd, env, maxBuffer: 1 << 26 })
    return stdout
  } catch (error) {
    const { stdout, stderr, message } = error as Error & { stdout?: string; stderr?: string }
    throw new Error(`${message}\n${stdout ?? ''}\n${stderr ?? ''}`)
  }
}

export interface Manifest {
  readonly name: string
  readonly version: string
  readonly private?: boolean
  readonly exports: Readonly<Record<string, unknown>>
  readonly bin?: Readonly<Record<string, string>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
}

export interface Packed {
  /** Folder in the workspace, e.g. `packages/core`. */
  readonly folder: string
  readonly manifest: Manifest
  readonly tarball: string
  /** Paths inside the tarball. */
  readonly files: readonly string[]
}

/** Packs every public package of the workspace into `destination`. */
export async function packAll(destination: string): Promise<Packed[]> {
  const packed: Packed[] = []
  for (const name of (await readdir(path.join(root, 'packages'))).sort()) {
    const folder = path.posix.join('packages', name)
    const manifest = JSON.parse(await readFile(path.join(root, folder, 'package.json'), 'utf8')) as Manifest
    if (manifest.private) continue
    const output = await command(path.join(root, folder), 'npm', 'pack', '--json', '--pack-destination', destination)
    const [result] = JSON.parse(output) as [{ filename: string; files: { path: string }[] }]
    packed.push({
      folder,
      manifest,
      tarball: path.join(destination, result.filename),
      files: result.files.map((file) => file.path),
    })
  }
  return packed
}

type LockEntry = Partial<Manifest> & { readonly link?: boolean; readonly resolved?: string }

/**
 * Installs the tarballs in an empty folder, as a user would. Third-party packages get the versions of the workspace's own
 * lock file, so that what is tested is what was tested and `npm ci` before needs no network again.
 */
export async function installAll(folder: string, packed: readonly Packed[]): Promise<void> {
  const own = new Map(packed.map((p) => [p.manifest.name, p]))
  const workspace = JSON.parse(await readFile(path.join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, LockEntry>
  }
  const dependencies: Record<string, string> = {}
  const packages: Record<string, unknown> = {}
  const visited = new Set<string>()

  /** Takes over what the package at this place of the workspace's lock file needs, and what that needs. */
  const take = (at: string): void => {
    const entry = workspace.packages[at]
    if (!entry || visited.has(at)) return
    visited.add(at)
    // What npm put beside a workspace package, because another version is at the root, goes beside the installed one.
    const place = at.replace(/^packages\/[^/]+/, (folder) => {
      const owner = packed.find((p) => p.folder === folder)
      return owner ? `node_modules/${owner.manifest.name}` : folder
    })
    if (at.includes('node_modules/')) packages[place] = { ...entry, dev: undefined, devOptional: undefined }
    for (const name of Object.keys({
      ...entry.dependencies,
      ...entry.optionalDependencies,
      ...entry.peerDependencies,
    })) {
      if (!own.has(name)) take(locate(at, name))
    }
  }
  /** Where Node would find `name` from `at`: the nearest node_modules above that has it. */
  const locate = (at: string, name: string): string => {
    const parts = at.split('/')
    for (let n = parts.length; n > 0; n--) {
      const candidate = [...parts.slice(0, n), 'node_modules', name].join('/')
      if (candidate in workspace.packages) return candidate
    }
    return `node_modules/${name}`
  }

  for (const { manifest, folder: source, tarball } of packed) {
    const resolved = `file:${path.relative(folder, tarball).replaceAll(path.sep, '/')}`
    const sha512 = createHash('sha512')
      .update(await readFile(tarball))
      .digest('base64')
    dependencies[manifest.name] = resolved
    const { version, bin, dependencies: needs, optionalDependencies, peerDependencies } = manifest
    packages[`node_modules/${manifest.name}`] = {
      version,
      resolved,
      integrity: `sha512-${sha512}`,
      dependencies: needs,
      optionalDependencies,
      peerDependencies,
      bin,
    }
    take(source)
  }
  const project = { name: 'consumer', version: '1.0.0', private: true, type: 'module', dependencies }
  const lock = {
    name: 'consumer',
    version: '1.0.0',
    lockfileVersion: 3,
    requires: true,
    packages: { '': project, ...packages },
  }
  await writeFile(path.join(folder, 'package.json'), JSON.stringify(project))
  await writeFile(path.join(folder, 'package-lock.json'), JSON.stringify(lock))
  await command(folder, 'npm', 'ci', '--prefer-offline', '--no-audit', '--no-fund')
}
