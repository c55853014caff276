import type { CandidateMatches } from '@epipole/features'
import { decodeRecord, encodeRecord } from './record.js'

/** Candidates as a record: 16-bit indices where they fit, since there is one for every pair of photos. */
export function encodeCandidates({ pairs, distinct }: CandidateMatches): Uint8Array {
  const small = pairs.every((i) => i < 0x10000)
  return encodeRecord({ meta: {}, arrays: { pairs: small ? Uint16Array.from(pairs) : pairs, distinct } })
}

export function decodeCandidates(bytes: Uint8Array, name: string): CandidateMatches {
  const { pairs, distinct } = decodeRecord(bytes, name).arrays
  return { pairs: Uint32Array.from(pairs), distinct: Uint8Array.from(distinct) }
}
