import { nearestName } from '@epipole/core'
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
    const near = nearestName(text, words)
    throw new InvalidArgumentError(`It must be one of ${words.join(', ')}.${near ? ` Did you mean ${near}?` : ''}`)
  }
}

export const cameraModel: (text: string) => CameraModel = oneOf(cameraModels.map((model) => model.name))
