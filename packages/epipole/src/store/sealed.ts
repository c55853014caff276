import { sha256Hex } from '@epipole/core'

/**
 * How a record lies on disk: `EPIREC1\n`, then the SHA-256 of the payload as 64 hex digits and a line feed, then the
 * payload. A record that was cut, or whose bits turned, does not match and counts as none.
 */
const MAGIC = 'EPIREC1\n'
const HEADER = MAGIC.length + 64 + 1

export async function seal(payload: Uint8Array): Promise<Uint8Array> {
  const header = await headerOf(payload)
  const sealed = new Uint8Array(HEADER + payload.length)
  sealed.set(header)
  sealed.set(payload, HEADER)
  return sealed
}

/** The payload in a buffer of its own, or undefined where the record is damaged. */
export async function unseal(sealed: Uint8Array): Promise<Uint8Array | undefined> {
  if (sealed.length < HEADER) return undefined
  // Not `slice`: a Node Buffer's shares its memory.
  const payload = new Uint8Array(sealed.subarray(HEADER))
  const header = await headerOf(payload)
  return header.every((byte, i) => byte === sealed[i]) ? payload : undefined
}

async function headerOf(payload: Uint8Array): Promise<Uint8Array> {
  return new TextEncoder().encode(`${MAGIC}${await sha256Hex([payload])}\n`)
}
