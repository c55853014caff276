import fc from 'fast-check'
import { expect, test } from 'vitest'
import { TextLines, Tokens } from './text-lines.js'
import { Utf8Text } from './utf8-text.js'

function linesOf(bytes: Uint8Array): string[] {
  const lines = new TextLines(bytes, 'f.txt')
  const out: string[] = []
  for (let line = lines.next(); line !== undefined; line = lines.next()) out.push(line)
  expect(lines.line).toBe(out.length)
  return out
}

test('lines are those that were joined, whatever the line ends', () => {
  const line = fc.string({ unit: 'grapheme' }).filter((s) => !/[\n\r]|^\uFEFF/.test(s))
  fc.assert(
    fc.property(fc.array(line), fc.constantFrom('\n', '\r\n'), (lines, end) => {
      const text = new Utf8Text()
      for (const l of lines) text.add(l + end)
      expect(linesOf(text.bytes())).toEqual(lines)
    }),
  )
})

test('a text of many pieces is one text', () => {
  const text = new Utf8Text()
  for (let i = 0; i < 20_000; i++) text.add(`${i} ü\n`)
  const bytes = text.bytes()
  expect(linesOf(bytes)[19_999]).toBe('19999 ü')
  expect(new TextDecoder().decode(bytes)).toBe(Array.from({ length: 20_000 }, (_, i) => `${i} ü\n`).join(''))
})

test('the last line says whether it ended', () => {
  for (const [text, ended] of [
    ['a\nb', false],
    ['a\nb\n', true],
  ] as const) {
    const lines = new TextLines(new TextEncoder().encode(text), 'f')
    lines.next()
    lines.next()
    expect(lines.ended).toBe(ended)
    expect(lines.next()).toBeUndefined()
  }
})

test('every finite number reads back from its shortest decimal', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
      const token = Object.is(value, -0) ? '-0' : String(value)
      expect(new Tokens(token, 'f', 1).number('x')).toBe(value)
    }),
  )
})

test('what only JavaScript calls a number is refused', () => {
  for (const token of ['0x10', 'Infinity', 'NaN', '1_000', '1,5', '--1', '1e', '.', 'e5', '0b1', '1n', '1e400']) {
    expect(() => new Tokens(token, 'f', 1).number('x')).toThrow(/^f, line 1, column 1: x should be a finite number/)
  }
  for (const token of ['1.5', '-1', '11', '1e2', 'a']) {
    expect(() => new Tokens(token, 'f', 1).integer('n', 0, 10)).toThrow(/a whole number from 0 to 10/)
  }
})

test('columns count from 1, tabs and spaces separate', () => {
  const tokens = new Tokens(' \t12  x', 'f', 7)
  expect(tokens.integer('n', 0, 99)).toBe(12)
  expect(() => tokens.number('y')).toThrow('f, line 7, column 7: y should be')
  expect(tokens.done).toBe(true)
  expect(() => tokens.token('z')).toThrow('f, line 7, column 8: the line ends where z should be')
})

test('the rest of a line keeps its blanks', () => {
  const tokens = new Tokens('1  two  words ', 'f', 1)
  tokens.integer('n', 0, 9)
  expect(tokens.rest('the name')).toBe(' two  words ')
  expect(tokens.done).toBe(true)
  const empty = new Tokens('1', 'f', 1)
  empty.integer('n', 0, 9)
  expect(() => empty.rest('the name')).toThrow('the line ends where the name should be')
})
