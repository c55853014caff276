import { EpipoleError } from './errors.js'

/**
 * Work in progress: records named by the hash of what they depend on, each written whole or not at all. A record once
 * written never changes, so nothing needs a lock: two writers of one key write the same bytes.
 */
export interface Store {
  /** The record's bytes, or undefined where there is none (a damaged record counts as none). */
  get(key: string): Promise<Uint8Array | undefined>
  has(key: string): Promise<boolean>
  /** Durable and atomic: after a crash the record is there whole or not at all. Throws `io` when it cannot be written. */
  put(key: string, bytes: Uint8Array): Promise<void>
  delete(key: string): Promise<void>
  /** All keys, in no particular order. */
  keys(): Promise<string[]>
}

/** A store that lives as long as its variable; for tests and for actions that need not resume. */
export function memoryStore(): Store {
  const records = new Map<string, Uint8Array>()
  return {
    async get(key) {
      return records.get(key)?.slice()
    },
    async has(key) {
      return records.has(key)
    },
    async put(key, bytes) {
      records.set(key, bytes.slice())
    },
    async delete(key) {
      records.delete(key)
    },
    async keys() {
      return [...records.keys()]
    },
  }
}

/**
 * The key of a record: `<kind>-<64 hex digits>`, the SHA-256 of the parts in order. Parts are JSON values or bytes; objects
 * are serialised with sorted keys, so equal values give equal keys wherever they were built. What JSON cannot tell apart
 * (NaN, a Map, a typed array inside an object) is a `usage` error rather than a key shared by different values.
 */
export async function recordKey(kind: string, ...parts: readonly unknown[]): Promise<string> {
  const chunks: Uint8Array[] = []
  for (const part of parts) {
    const bytes = part instanceof Uint8Array ? part : new TextEncoder().encode(canonicalJson(part))
    const header = new TextEncoder().encode(`${part instanceof Uint8Array ? 'b' : 'j'}${bytes.length};`)
    chunks.push(header, bytes)
  }
  return `${kind}-${await sha256Hex(chunks)}`
}

/** SHA-256 of the chunks' concatenation, as 64 lower-case hex digits. */
export async function sha256Hex(chunks: readonly Uint8Array[]): Promise<string> {
  const all = new Uint8Array(chunks.reduce((sum, c) => sum + c.length, 0))
  let offset = 0
  for (const chunk of chunks) {
    all.set(chunk, offset)
    offset += chunk.length
  }
  // Browsers withhold it from pages that came over plain http.
  if (globalThis.crypto?.subtle === undefined) {
    throw new EpipoleError(
      'unsupported',
      'Hashing needs a secure context: serve the page over https or from localhost.',
    )
  }
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', all))
  return Array.from(digest, (b) => b.toString(16).padStart(2, '0')).join('')
}

function canonicalJson(value: unknown): string {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return JSON.stringify(value)
  if (typeof value === 'number' && Number.isFinite(value)) return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join()}]`
  const prototype = typeof value === 'object' ? Object.getPrototypeOf(value) : undefined
  if (prototype !== Object.prototype && prototype !== null) {
    const what = typeof value === 'object' ? Object.prototype.toString.call(value) : String(value)
    throw new EpipoleError('usage', `A record key cannot depend on ${what}: only on JSON values and bytes.`)
  }
  const fields = Object.entries(value as Record<string, unknown>)
    .filter(([, v]) => v !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${fields.map(([key, v]) => `${JSON.stringify(key)}:${canonicalJson(v)}`).join()}}`
}
