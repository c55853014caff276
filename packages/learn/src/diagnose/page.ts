import { escapeHtml } from '../escape-html.js'

const STYLE = `:root{color-scheme:light dark}body{font:15px/1.5 system-ui,sans-serif;max-width:1200px;margin:2em auto;padding:0 1em;color:#222;background:#fff}
h1{overflow-wrap:anywhere}section{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(480px,100%),1fr));gap:1em}
figure{margin:0;overflow-x:auto}figcaption{font-weight:600}svg{width:100%;min-width:400px}svg text{font-size:11px;fill:#666}
.grid{stroke:#ddd}.legend{font-size:12px}.legend span{display:inline-block;margin-right:1em}.legend i{display:inline-block;width:.7em;height:.7em;margin-right:.4em}.scroll{overflow-x:auto}
table{border-collapse:collapse;font-size:13px;font-variant-numeric:tabular-nums}td,th{padding:3px 8px;text-align:right}
th:first-child,td:first-child,.word{text-align:left}
@media(prefers-color-scheme:dark){body{color:#ddd;background:#181818}.grid{stroke:#333}svg text{fill:#aaa}}`

/** A page of training: one file, without scripts or anything from outside, for light and dark. `parts` are HTML. */
export const reportPage = (title: string, parts: readonly string[]): string =>
  `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escapeHtml(title)}</title><style>${STYLE}</style></head><body>
<h1>${escapeHtml(title)}</h1>
${parts.filter(Boolean).join('\n')}
</body></html>
`

/** A table; cells are text. Columns of words stand flush left, as the first always does. */
export function htmlTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  words: readonly number[] = [],
): string {
  const row = (tag: 'th' | 'td', cells: readonly string[]) =>
    `<tr>${cells.map((cell, i) => `<${tag}${words.includes(i) ? ' class="word"' : ''}>${escapeHtml(cell)}</${tag}>`).join('')}</tr>`
  return `<div class="scroll"><table>${row('th', head)}${rows.map((cells) => row('td', cells)).join('')}</table></div>`
}
