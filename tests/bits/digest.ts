import { sha256Hex } from '@epipole/core'
import { bytesOf } from './bytes.js'
import { probes } from './probes.js'

/** Name → SHA-256 of the probe's result. */
export async function digests(): Promise<Record<string, string>> {
  const result: Record<string, string> = {}
  for (const [name, probe] of Object.entries(probes)) result[name] = await sha256Hex([bytesOf(await probe())])
  return result
}
