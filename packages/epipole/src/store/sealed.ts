import { sha256Hex } from '@epipole/core'

/**
 * How a record lies on disk: `EPIREC1\n`, then the SHA-256 of the payload as 64 hex digits and a line feed, then the
 * payload. A record that was cut, or whose bits turned, does not match and counts as none.
 */
const MAGIC = 'EPIREC1\n'
const HEADER = MAGIC.length + 64 + 1

export async function seal(payload: Uint8Array): Promise<Uint8Array> {
  const header = new TextEncoder().encode(`${MAGIC}${await sha256Hex([payload])}\n`)
  const sealed = new Uint8Array(HEADER + payload.length)
  sealed.set(header)
  sealed.set(payload, HEADER)
  return sealed
}

/** The payload in a buffer of its own, or undefined where the record is damaged. */
export async function unseal(sealed: Uint8Array): Promise<Uint8Array | undefined> {
  const header = new TextDecoder().decode(sealed.subarray(0, HEADER))
  if (header.length !== HEADER || !header.startsWith(MAGIC)) return undefined
  const payload = sealed.slice(HEADER)
  return (await sha256Hex([payload])) === header.slice(MAGIC.length, -1) ? payload : undefined
}
