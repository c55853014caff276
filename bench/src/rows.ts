/** One measured number beside its peer's and its target. */
export interface Row {
  readonly case: string
  readonly metric: string
  readonly unit: string
  /** Null where there is no number, e.g. nothing was reconstructed. */
  readonly ours: number | null
  /** The peer's number; null where the peer is not installed, was not run or has none. */
  readonly peer: number | null
  readonly peerName: string
  /** ours / peer. */
  readonly ratio: number | null
  /** The bound in words, e.g. `≤ 2.9`; empty where there is none. */
  readonly target: string
  readonly pass: boolean
}

/** A bound on our number, on the ratio to the peer, or none. A bound on a ratio without a peer does not pass. */
export type Target =
  | { readonly of: 'ours' | 'ratio'; readonly atMost: number }
  | { readonly of: 'ours' | 'ratio'; readonly atLeast: number }
  | { readonly of: 'nothing' }

/** For numbers that have no peer. */
export const noPeer = { name: '', value: undefined }

/** JSON has no infinities, and a missing number is no number to compare. */
const finite = (value: number | undefined) => (value !== undefined && Number.isFinite(value) ? value : null)

export function row(
  name: string,
  metric: string,
  unit: string,
  oursOrNone: number | undefined,
  peer: { readonly name: string; readonly value: number | undefined },
  target: Target,
): Row {
  const ours = finite(oursOrNone)
  const theirs = finite(peer.value)
  const ratio = ours === null || theirs === null ? null : finite(ours / theirs)
  const measured = target.of === 'ratio' ? ratio : ours
  const of = target.of === 'ratio' ? 'ratio ' : ''
  let pass = target.of === 'nothing'
  let words = ''
  if ('atMost' in target) {
    pass = measured !== null && measured <= target.atMost
    words = `${of}≤ ${Number(target.atMost.toPrecision(3))}`
  } else if ('atLeast' in target) {
    pass = measured !== null && measured >= target.atLeast
    words = `${of}≥ ${Number(target.atLeast.toPrecision(3))}`
  }
  return { case: name, metric, unit, ours, peer: theirs, peerName: peer.name, ratio, target: words, pass }
}

/**
 * A part of a benchmark run again: rows of its cases take the place of the earlier ones, those of other cases stay.
 *
 * @param order all cases in the table's order; rows of cases that it does not have are of an older table and go
 */
export function mergeRows(earlier: readonly Row[], fresh: readonly Row[], order: readonly string[]): Row[] {
  const again = new Set(fresh.map((r) => r.case))
  const all = [...earlier.filter((r) => !again.has(r.case)), ...fresh]
  return order.flatMap((name) => all.filter((r) => r.case === name))
}

/** The table as lines of text. */
export function tableLines(rows: readonly Row[]): string[] {
  const number = (v: number | null) => (v === null ? '–' : Math.abs(v) >= 100 ? v.toFixed(0) : v.toPrecision(3))
  const cells = rows.map((r) => [
    r.case,
    `${r.metric}${r.unit === '' ? '' : ` (${r.unit})`}`,
    number(r.ours),
    `${number(r.peer)} ${r.peerName}`.trimEnd(),
    number(r.ratio),
    r.target,
    r.target === '' ? '' : r.pass ? 'pass' : 'FAIL',
  ])
  const head = ['case', 'metric', 'ours', 'peer', 'ratio', 'target', '']
  const widths = head.map((h, i) => Math.max(h.length, ...cells.map((c) => c[i].length)))
  return [head, ...cells].map((line) =>
    line
      .map((c, i) => c.padEnd(widths[i]))
      .join('  ')
      .trimEnd(),
  )
}
