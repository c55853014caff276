import { sha256Hex } from '@epipole/core'
import { probes } from './probes.js'

/** Name → SHA-256 of the probe's bytes. */
export async function digests(): Promise<Record<string, string>> {
  const result: Record<string, string> = {}
  for (const [name, probe] of Object.entries(probes)) {
    const { buffer, byteOffset, byteLength } = await probe()
    result[name] = await sha256Hex([new Uint8Array(buffer, byteOffset, byteLength)])
  }
  return result
}
