import fc from 'fast-check'
import { expect, test } from 'vitest'
import { escapeHtml, jsonForScript } from './escape.js'

test('nothing in escaped text can open a tag, an entity or end an attribute', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const escaped = escapeHtml(text)
      expect(escaped).not.toMatch(/[<>"']|&(?!amp;|lt;|gt;|quot;|#39;)/)
    }),
  )
  expect(escapeHtml(`</script><img src=x onerror="alert('1')">&amp;`)).toBe(
    '&lt;/script&gt;&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;&amp;amp;',
  )
})

test('what XML forbids is replaced, all else kept', () => {
  expect(escapeHtml('a\u0000b\u001fc\ud800d\uffff')).toBe('a\ufffdb\ufffdc\ufffdd\ufffd')
  expect(escapeHtml('Zürich 北京 🏔\n\t')).toBe('Zürich 北京 🏔\n\t')
})

test('JSON in a script means the same and holds no <', () => {
  fc.assert(
    fc.property(
      fc.anything({ withNullPrototype: false }).filter((v) => JSON.stringify(v) !== undefined),
      (value) => {
        const json = jsonForScript(value)
        expect(json).not.toContain('<')
        expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify(value)))
      },
    ),
  )
})
