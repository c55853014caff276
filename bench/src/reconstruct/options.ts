import { parseArgs } from 'node:util'

export interface BenchOptions {
  /** Names of the cases to run. */
  readonly cases: readonly string[]
  /** How many seeds: 0, 1, … */
  readonly seeds: number
  /** Where COLMAP runs: beside the timed case, nowhere, or beside every case. */
  readonly peer: 'timed' | 'none' | 'all'
  /** Also COLMAP with one camera for all photos, where intrinsics are unknown. */
  readonly singleCamera: boolean
}

const flags = {
  cases: { type: 'string' },
  seeds: { type: 'string', default: '5' },
  'no-peer': { type: 'boolean', default: false },
  'peer-all': { type: 'boolean', default: false },
  'peer-single-camera': { type: 'boolean', default: false },
} as const

/** @throws Error in words for the person who typed it */
export function benchOptions(args: readonly string[], known: readonly string[]): BenchOptions {
  const { values } = parseArgs({ args: [...args], options: flags, strict: true })
  const seeds = Number(values.seeds)
  if (!Number.isInteger(seeds) || seeds < 1) throw new Error(`--seeds ${values.seeds}: give a whole number from 1 on.`)
  if (values['no-peer'] && (values['peer-all'] || values['peer-single-camera'])) {
    throw new Error('--no-peer contradicts --peer-all and --peer-single-camera.')
  }
  return {
    cases: values.cases === undefined ? known : namesIn(values.cases, known),
    seeds,
    peer: values['no-peer'] ? 'none' : values['peer-all'] ? 'all' : 'timed',
    singleCamera: values['peer-single-camera'],
  }
}

/** Names with commas between them, of which some have a comma inside: the longest known name counts. */
function namesIn(text: string, known: readonly string[]): string[] {
  const parts = text.split(',').map((part) => part.trim())
  const names: string[] = []
  for (let i = 0; i < parts.length; ) {
    let end = parts.length
    while (end > i && !known.includes(parts.slice(i, end).join(', '))) end--
    if (end === i) {
      throw new Error(`--cases: there is no case "${parts[i]}"; there are ${known.map((n) => `"${n}"`).join(', ')}.`)
    }
    names.push(parts.slice(i, end).join(', '))
    i = end
  }
  return names
}
