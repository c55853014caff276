import { EpipoleError } from '@epipole/core'
import type { Position } from './checkpoint.js'

type Settings = Readonly<Record<string, unknown>>

/** Throws `usage`, naming what changed, where a checkpoint was trained with other settings or another seed. */
export function checkSettings(position: Position, settings: Settings, seed: number): void {
  const before: Settings = { ...position.settings, seed: position.seed }
  const now: Settings = { ...settings, seed }
  const changed = [...new Set([...Object.keys(before), ...Object.keys(now)])].filter(
    (name) => say(before[name]) !== say(now[name]),
  )
  if (changed.length === 0) return
  const list = changed.map((name) => `${name}: ${say(before[name])}, now ${say(now[name])}`)
  throw new EpipoleError(
    'usage',
    `The checkpoint was trained with other settings (${list.join('; ')}). Take those, choose another folder, or start again (--fresh).`,
    { changed },
  )
}

const say = (value: unknown): string => JSON.stringify(value) ?? 'not given'
