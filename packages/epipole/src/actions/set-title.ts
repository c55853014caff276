import path from 'node:path'

/** Folders that only say what is in them; the one above says what of. */
const PLAIN_NAMES = /^(photos?|images?|pictures?|input|dcim|jpe?g|rgb|color)$/i

/** What the report calls a set of photos. */
export function setTitle(folder: string): string {
  const full = path.resolve(folder)
  const name = path.basename(full)
  const above = path.basename(path.dirname(full))
  return PLAIN_NAMES.test(name) && above !== '' ? above : name || 'photos'
}
