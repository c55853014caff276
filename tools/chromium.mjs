import { createReadStream, createWriteStream, existsSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createBrotliDecompress } from 'node:zlib'
import { chromium } from 'playwright-core'
import { extract } from 'tar'

/**
 * A headless Chromium out of npm: the binary of @sparticuz/chromium with the libraries it carries, so that a bare Linux
 * needs no packages. `EPIPOLE_CHROMIUM` names another binary, e.g. on macOS and Windows, for which the package has none.
 *
 * @param {readonly string[]} more flags besides
 * @returns {Promise<import('playwright-core').Browser>}
 */
export async function launchChromium(more = []) {
  const own = process.env.EPIPOLE_CHROMIUM
  if (own) return chromium.launch({ executablePath: own, args: [...more] })
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error(
      `The browser tests bring a Chromium for Linux on x64. On ${process.platform}-${process.arch}, set EPIPOLE_CHROMIUM to a Chromium or Chrome.`,
    )
  }
  const folder = await unpack()
  const libraries = [path.join(folder, 'lib'), process.env.LD_LIBRARY_PATH].filter(Boolean).join(':')
  return chromium.launch({
    executablePath: path.join(folder, 'chromium'),
    env: { ...process.env, LD_LIBRARY_PATH: libraries, FONTCONFIG_PATH: folder },
    args: [
      '--no-sandbox',
      '--no-zygote',
      '--disable-dev-shm-usage',
      // WebGL without a graphics card.
      '--ignore-gpu-blocklist',
      '--use-gl=angle',
      '--use-angle=swiftshader',
      '--enable-unsafe-swiftshader',
      ...more,
    ],
  })
}

/**
 * Unpacks once per version, whole or not at all, beside the installed packages.
 *
 * @returns {Promise<string>}
 */
async function unpack() {
  const require = createRequire(import.meta.url)
  const packed = path.resolve(require.resolve('@sparticuz/chromium'), '../../../bin')
  const { version } = require(path.join(packed, '../package.json'))
  const cache = path.resolve(import.meta.dirname, '../node_modules/.cache')
  const target = path.join(cache, `chromium-${version}`)
  if (existsSync(target)) return target
  await mkdir(cache, { recursive: true })
  const folder = await mkdtemp(`${target}-`)
  const brotli = (name) => /** @type {const} */ ([createReadStream(path.join(packed, name)), createBrotliDecompress()])
  const archive = (name) => pipeline(...brotli(name), extract({ cwd: folder }))
  await Promise.all([
    pipeline(...brotli('chromium.br'), createWriteStream(path.join(folder, 'chromium'))),
    archive('al2023.tar.br'),
    archive('fonts.tar.br'),
    archive('swiftshader.tar.br'),
  ])
  await chmod(path.join(folder, 'chromium'), 0o755)
  await writeFile(
    path.join(folder, 'fonts.conf'),
    `<?xml version="1.0"?><fontconfig><dir>${path.join(target, 'fonts')}</dir><cachedir>${path.join(target, 'font-cache')}</cachedir></fontconfig>`,
  )
  try {
    await rename(folder, target)
  } catch (error) {
    // Another run was first.
    if (!existsSync(target)) throw error
    await rm(folder, { recursive: true, force: true })
  }
  return target
}
