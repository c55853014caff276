import { nearestName } from '@epipole/core'
import { type CameraModel, cameraModels } from '@epipole/geometry'
import { InvalidArgumentError } from 'commander'
import { describeRange, isInRange, type SettingRange } from '../learning/setting-ranges.js'

/** A number within a range. */
export function numberIn(range: SettingRange): (text: string) => number {
  return (text) => {
    const value = Number(text)
    // 1e3 and 0x10 are numbers to JavaScript, and slips of the hand where something is counted.
    const written = text.trim() !== '' && (!range.whole || /^\d+$/.test(text.trim()))
    if (written && isInRange(value, range)) return value
    throw new InvalidArgumentError(`It must be ${describeRange(range)}.`)
  }
}

/** A whole number from `least` to `most`. */
export const wholeNumber = (least: number, most = Number.MAX_SAFE_INTEGER): ((text: string) => number) =>
  numberIn({ least, most, whole: true })

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
