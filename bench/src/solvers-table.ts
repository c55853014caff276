import type { Row } from './rows.js'

/** The function that each case of the benchmark calls. */
const FUNCTIONS: Readonly<Record<string, string>> = {
  P3P: 'p3p',
  P4Pf: 'p4pf',
  'essential five-point': 'essentialFivePoint',
  'essential eight-point': 'essentialEightPoint',
  'fundamental seven-point': 'fundamentalSevenPoint',
  'fundamental eight-point': 'fundamentalEightPoint',
  'homography four-point': 'homographyFourPoint',
}

/**
 * The README of geometry with the times of a run in its table of solvers: the last cell of the row of each function.
 *
 * @throws Error where the table has no row for one
 */
export function withTimes(readme: string, rows: readonly Row[]): string {
  return rows.reduce((text, { case: name, ours }) => {
    const found = new RegExp(`^(\\| \`${FUNCTIONS[name]}\`.*\\| )[^|]*\\|$`, 'm')
    if (!found.test(text)) throw new Error(`The README has no row for ${name} (${FUNCTIONS[name]}).`)
    return text.replace(found, (_, start: string) => `${start}${ours === null ? '' : `${ours.toFixed(1)} `}|`)
  }, readme)
}
