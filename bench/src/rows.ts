import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

/** One measured number beside its peer's and its target. */
export interface Row {
  readonly case: string
  readonly metric: string
  readonly unit: string
  readonly ours: number
  /** The peer's number in the same run; null where the peer is not installed or has none. */
  readonly peer: number | null
  readonly peerName: string
  /** ours / peer. */
  readonly ratio: number | null
  /** The bound in words, e.g. `≤ 2.9`. */
  readonly target: string
  readonly pass: boolean
}

/** A bound on our number, on the ratio to the peer, or none. A ratio without a peer does not pass. */
export type Target =
  | { readonly of: 'ours' | 'ratio'; readonly atMost: number }
  | { readonly of: 'ours' | 'ratio'; readonly atLeast: number }
  | { readonly of: 'nothing' }

export function row(
  name: string,
  metric: string,
  unit: string,
  ours: number,
  peer: { readonly name: string; readonly value: number | undefined },
  target: Target,
): Row {
  const ratio = peer.value === undefined ? null : ours / peer.value
  const measured = target.of === 'ratio' ? ratio : ours
  let pass = target.of === 'nothing'
  let words = ''
  if ('atMost' in target) {
    pass = measured !== null && measured <= target.atMost
    words = `${target.of === 'ratio' ? 'ratio ' : ''}≤ ${target.atMost}`
  } else if ('atLeast' in target) {
    pass = measured !== null && measured >= target.atLeast
    words = `${target.of === 'ratio' ? 'ratio ' : ''}≥ ${target.atLeast}`
  }
  return { case: name, metric, unit, ours, peer: peer.value ?? null, peerName: peer.name, ratio, target: words, pass }
}

/** Prints the rows as a table and writes `bench/results/<name>.json`. */
export function publish(name: string, rows: readonly Row[], notes: readonly string[]): void {
  const folder = path.join(path.dirname(fileURLToPath(import.meta.url)), '../results')
  mkdirSync(folder, { recursive: true })
  writeFileSync(path.join(folder, `${name}.json`), `${JSON.stringify({ notes, rows }, null, 2)}\n`)
  const number = (v: number | null) => (v === null ? '–' : v >= 100 ? v.toFixed(0) : v.toPrecision(3))
  const cells = rows.map((r) => [
    r.case,
    `${r.metric}${r.unit === '' ? '' : ` (${r.unit})`}`,
    number(r.ours),
    `${number(r.peer)} ${r.peer === null ? `(${r.peerName} not there)` : r.peerName}`,
    number(r.ratio),
    r.target,
    r.target === '' ? '' : r.pass ? 'pass' : 'FAIL',
  ])
  const head = ['case', 'metric', 'ours', 'peer', 'ratio', 'target', '']
  const widths = head.map((h, i) => Math.max(h.length, ...cells.map((c) => c[i].length)))
  for (const line of [head, ...cells])
    console.log(
      line
        .map((c, i) => c.padEnd(widths[i]))
        .join('  ')
        .trimEnd(),
    )
  for (const note of notes) console.log(note)
}
