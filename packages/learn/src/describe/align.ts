/** Cells of a table as lines of text: columns two spaces apart, numbers flush right, words (`left`) flush left. */
export function alignColumns(rows: readonly (readonly string[])[], left: readonly boolean[]): string[] {
  const widths = left.map((_, i) => Math.max(...rows.map((row) => row[i].length)))
  return rows.map((row) =>
    row
      .map((cell, i) => (left[i] ? cell.padEnd(widths[i]) : cell.padStart(widths[i])))
      .join('  ')
      .trimEnd(),
  )
}

/** A rule as wide as the widest of the lines. */
export const ruleOf = (lines: readonly string[]): string => '─'.repeat(Math.max(...lines.map((line) => line.length)))
