import { EpipoleError } from '@epipole/core'

/** Where in an input file something was found: a byte of a binary file, or a line and column (from 1) of a text. */
export type Place =
  | { readonly file: string; readonly offset: number }
  | { readonly file: string; readonly line: number; readonly column: number }

/** The refusal of a malformed file: "images.bin, byte 64: …". `problem` is a clause without a full stop. */
export function malformed(place: Place, problem: string): EpipoleError {
  const where = 'offset' in place ? `byte ${place.offset}` : `line ${place.line}, column ${place.column}`
  return new EpipoleError('input', `${place.file}, ${where}: ${problem}.`, { ...place })
}
