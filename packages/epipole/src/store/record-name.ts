import { EpipoleError } from '@epipole/core'

const MAX_NAME = 200

/**
 * A key as a file name every file system tells apart: lower-case letters, digits, `-`, `_` and `.` stay, every other
 * UTF-8 byte becomes `%xx`. Throws `usage` where the name would be empty or too long.
 */
export function recordName(key: string): string {
  const name = Array.from(new TextEncoder().encode(key), (byte) => {
    const char = String.fromCharCode(byte)
    return /[a-z0-9_.-]/.test(char) ? char : `%${byte.toString(16).padStart(2, '0')}`
  }).join('')
  if (key === '' || name.length > MAX_NAME) {
    throw new EpipoleError('usage', `A record's key must have 1 to ${MAX_NAME} characters, not ${name.length}.`, {
      key,
    })
  }
  return `${name}.rec`
}

/** The key of a record's file name, or undefined where it is no record's. */
export function recordKeyOf(name: string): string | undefined {
  const encoded = /^((?:[a-z0-9_.-]|%[0-9a-f]{2})+)\.rec$/.exec(name)?.[1]
  if (encoded === undefined) return undefined
  const bytes = (encoded.match(/%..|./g) ?? []).map((x) =>
    x.length === 3 ? Number.parseInt(x.slice(1), 16) : x.charCodeAt(0),
  )
  return new TextDecoder().decode(Uint8Array.from(bytes))
}

/** One of 256 folders, so that no folder holds tens of thousands of files: FNV-1a of the name, two hex digits. */
export function shardOf(name: string): string {
  let hash = 0x811c9dc5
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193)
  return ((hash ^ (hash >>> 16) ^ (hash >>> 8)) & 0xff).toString(16).padStart(2, '0')
}
