import path from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { build, type Plugin, type Rolldown } from 'vite'

export interface BundledPage {
  /** File name → content; `index.html` loads the entry. */
  readonly files: ReadonlyMap<string, string | Uint8Array>
}

/** Bundles a module for browsers, as a web developer would: with Vite, from the built packages. */
export async function bundlePage(entry: string, plugins: Plugin[] = []): Promise<BundledPage> {
  const output = await build({
    root: path.dirname(entry),
    configFile: false,
    logLevel: 'error',
    plugins,
    worker: { format: 'es', plugins: () => plugins },
    build: {
      write: false,
      target: 'es2022',
      modulePreload: false,
      rolldownOptions: { input: entry, output: { entryFileNames: 'entry.js' } },
    },
  })
  if (!('output' in output)) throw new Error('Vite gave no single bundle')
  const files = new Map<string, string | Uint8Array>()
  for (const file of output.output as (Rolldown.OutputAsset | Rolldown.OutputChunk)[]) {
    files.set(file.fileName, file.type === 'chunk' ? file.code : file.source)
  }
  files.set('index.html', '<!doctype html><meta charset="utf-8"><body><script type="module" src="/entry.js"></script>')
  return { files }
}

const types: Record<string, string> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.wasm': 'application/wasm',
  '.json': 'application/json',
}

/**
 * Opens a bundled page at http://localhost (a secure context), answered from memory. Errors of the page are collected, and
 * requests for anything that is not part of the bundle are among them. With `isolated` it may share memory among threads.
 */
export async function openPage(
  browser: Browser,
  { files }: BundledPage,
  { isolated = false }: { readonly isolated?: boolean } = {},
): Promise<{ page: Page; errors: string[] }> {
  const page = await browser.newPage()
  const errors: string[] = []
  page.on('pageerror', (error) => errors.push(String(error)))
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text())
  })
  const headers = isolated
    ? { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' }
    : undefined
  await page.route('**/*', async (route) => {
    const url = new URL(route.request().url())
    const name = url.pathname === '/' ? 'index.html' : decodeURIComponent(url.pathname.slice(1))
    const body = url.hostname === 'localhost' ? files.get(name) : undefined
    if (body !== undefined) {
      const contentType = types[path.extname(name)] ?? 'application/octet-stream'
      return route.fulfill({ contentType, headers, body: typeof body === 'string' ? body : Buffer.from(body) })
    }
    if (name !== 'favicon.ico') errors.push(`the page asked for ${url.href}`)
    return route.fulfill({ status: 404, body: '' })
  })
  await page.goto('http://localhost/')
  return { page, errors }
}
