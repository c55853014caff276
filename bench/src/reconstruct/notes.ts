import os from 'node:os'
import { dataFolder } from './sets.js'

/** How the numbers come about, once for the table. */
export const generalNotes: readonly string[] = [
  'Ours: accuracy and thickness are medians over seeds, photos the fewest, memory the largest (VmHWM); time is the whole command from nothing, seed 0. Later seeds reuse the features of the first.',
  'COLMAP: CPU only, default options otherwise; one run. How many cameras it made of the photos stands behind its mapper command; "single_camera 1" is the same with one camera for all; given intrinsics are one fixed PINHOLE camera.',
  "Scores: epipole compare <model> <truth>. COLMAP's time is the sum of its three commands; where a time has a target, our command runs from nothing before and after them and the mean counts.",
]

/** Where and how often a case was run. */
export function circumstances(seeds: number, peer: string): string {
  const cpus = os.cpus()
  const load = os.loadavg()[0].toFixed(1)
  return `seeds 0 to ${seeds - 1}; peer ${peer}; Node ${process.versions.node}, ${cpus.length} × ${cpus[0]?.model ?? 'unknown CPU'}, load ${load} at the start`
}

/** A command as it is typed, without the folders of one machine. */
export function commandNote(words: readonly string[], out: string): string {
  return words
    .map((word) => word.replace(dataFolder(), '$EPIPOLE_DATA').replace(out, '$OUT'))
    .map((word) => (/^[\w./:=,$-]+$/.test(word) ? word : `"${word}"`))
    .join(' ')
}

const isOf = (name: string) => (note: string) => note.startsWith(`${name}: `)

/**
 * Notes begin with the name of their case. Those of cases that ran again take the place of the earlier ones, all but the
 * peers' commands: their numbers stay too where they did not run now.
 */
export function mergeNotes(
  earlier: readonly string[],
  fresh: readonly string[],
  order: readonly string[],
  isPeers: (note: string) => boolean,
): string[] {
  const perCase = order.flatMap((name) => {
    const before = earlier.filter(isOf(name))
    const now = fresh.filter(isOf(name))
    if (now.length === 0) return before
    return [...now, ...before.filter((note) => isPeers(note) && !now.includes(note))]
  })
  return [...generalNotes, ...perCase]
}
