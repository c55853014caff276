import { type CameraModel, cameraModels } from '@epipole/geometry'
import { InvalidArgumentError } from 'commander'

/** A whole number from `least` to `most`. */
export function wholeNumber(least: number, most = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (/^\d+$/.test(text.trim()) && value >= least && value <= most) return value
    const range = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`
    throw new InvalidArgumentError(`It must be a whole number ${range}.`)
  }
}

/** One of a few words, in any case; a near miss is named. */
export function oneOf<T extends string>(words: readonly T[]): (text: string) => T {
  return (text) => {
    const found = words.find((word) => word.toLowerCase() === text.toLowerCase())
    if (found) return found
    const near = nearest(text, words)
    throw new InvalidArgumentError(`It must be one of ${words.join(', ')}.${near ? ` Did you mean ${near}?` : ''}`)
  }
}

export const cameraModel: (text: string) => CameraModel = oneOf(cameraModels.map((model) => model.name))

/** The word that is at most a third of its letters away, by Levenshtein's distance. */
export function nearest(text: string, words: readonly string[]): string | undefined {
  let best: string | undefined
  let least = Number.POSITIVE_INFINITY
  for (const word of words) {
    const distance = editDistance(text.toLowerCase(), word.toLowerCase())
    if (distance < least && distance <= Math.max(1, word.length / 3)) {
      least = distance
      best = word
    }
  }
  return best
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const substituted = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(substituted, row[j]! + 1, next[j - 1]! + 1))
    }
    row = next
  }
  return row[b.length]!
}
