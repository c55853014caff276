import { expect, test } from 'vitest'
import { fit, printable, shellQuote } from './printable.js'

test('control characters and direction marks become visible', () => {
  expect(printable('a\u001b]0;x\u0007b\nc\u202egpj.exe')).toBe('a\\u{1b}]0;x\\u{7}b\\u{a}c\\u{202e}gpj.exe')
  expect(printable('Größe ☃ 照片.jpg')).toBe('Größe ☃ 照片.jpg')
})

test('quotes only what a shell would take apart', () => {
  expect(shellQuote('./photos-epipole/sparse/0')).toBe('./photos-epipole/sparse/0')
  if (process.platform !== 'win32') {
    expect(shellQuote("it's here")).toBe("'it'\\''s here'")
    expect(shellQuote('$HOME')).toBe("'$HOME'")
    expect(shellQuote('')).toBe("''")
  }
})

test('fits by characters, not by code units', () => {
  expect(fit('📷📷📷', 3)).toBe('📷📷📷')
  expect(fit('📷📷📷📷', 3)).toBe('📷📷…')
})
