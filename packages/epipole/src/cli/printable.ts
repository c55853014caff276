/**
 * Text from files and folders made safe for a terminal: control characters (so also escape sequences) and marks that turn
 * the direction of writing become visible `\u{…}`.
 */
export function printable(text: string): string {
  return text.replace(
    /[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu,
    (c) => `\\u{${c.codePointAt(0)!.toString(16)}}`,
  )
}

/** An argument as a person can paste it into a shell: quoted only where it must be. */
export function shellQuote(text: string): string {
  if (/^[\w@%+=:,./\\-]+$/.test(text)) return text
  return process.platform === 'win32' ? `"${text}"` : `'${text.replaceAll("'", `'\\''`)}'`
}

/** The text cut to `width` columns; a character counts as one column. */
export function fit(text: string, width: number): string {
  const characters = [...text]
  return characters.length <= width ? text : `${characters.slice(0, Math.max(0, width - 1)).join('')}…`
}
