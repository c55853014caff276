/** Text as HTML or XML content or a quoted attribute. Characters that XML forbids become U+FFFD. */
export function escapeHtml(text: string): string {
  let out = ''
  for (const character of text)
    out += ENTITIES[character] ?? (allowed(character.codePointAt(0)!) ? character : '\ufffd')
  return out
}

/** JSON for a `<script type="application/json">`: without `<`, nothing in it can end the element or open a comment. */
export function jsonForScript(value: unknown): string {
  return JSON.stringify(value).replace(/</g, '\\u003c')
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** The `Char` production of XML 1.0; a lone surrogate is outside it. */
function allowed(code: number): boolean {
  if (code < 0x20) return code === 0x9 || code === 0xa || code === 0xd
  return code < 0xd800 || (code > 0xdfff && code !== 0xfffe && code !== 0xffff)
}
