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
 * are serialised with sorted keys, so equal values give equal keys wherever they were built.
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
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', all))
  return Array.from(digest, (b) => b.toString(16).padStart(2, '0')).join('')
}

function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, v: unknown) =>
    v !== null && typeof v === 'object' && !Array.isArray(v)
      ? Object.fromEntries(Object.entries(v).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
      : v,
  )
}
