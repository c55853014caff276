import { escapeHtml } from '../escape-html.js'
import { commonestMistakes } from './mistakes.js'
import { htmlTable } from './page.js'

/** Of more classes a square would be too large to read. */
const MOST_CLASSES = 60
const MISTAKES = 40

/** What was taken for what, row by true class, as HTML; of many classes, the commonest mistakes. */
export function confusionTable(classes: readonly string[], counts: ArrayLike<number>): string {
  const n = classes.length
  if (n > MOST_CLASSES) return mistakes(classes, counts)
  const rows = classes.map((name, truth) => {
    const row = Array.from({ length: n }, (_, said) => counts[truth * n + said] as number)
    const total = Math.max(
      1,
      row.reduce((a, b) => a + b, 0),
    )
    const cells = row.map((c, said) => {
      const colour = said === truth ? '43,138,62' : '217,72,15'
      return `<td style="background:rgba(${colour},${((0.8 * c) / total).toFixed(2)})">${c}</td>`
    })
    return `<tr><th>${escapeHtml(name)}</th>${cells.join('')}</tr>`
  })
  const head = classes.map((name) => `<th>${escapeHtml(name)}</th>`).join('')
  return `<h2>Confusion</h2><p>Rows: what it is. Columns: what it was taken for.</p><div class="scroll"><table><tr><th></th>${head}</tr>${rows.join('')}</table></div>`
}

function mistakes(classes: readonly string[], counts: ArrayLike<number>): string {
  const rows = commonestMistakes(counts, classes.length, MISTAKES).map(({ times, truth, said }) => [
    classes[truth] ?? '',
    classes[said] ?? '',
    `${times}`,
  ])
  return `<h2>Confusion</h2><p>The commonest mistakes.</p>${htmlTable(['what it is', 'taken for', 'times'], rows, [1])}`
}
