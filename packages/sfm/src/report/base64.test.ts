import { Buffer } from 'node:buffer'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { base64Length, fromBase64, toBase64 } from './base64.js'

test('agrees with Node and comes back', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const text = toBase64(bytes)
      expect(text).toBe(Buffer.from(bytes).toString('base64'))
      expect(text.length).toBe(base64Length(bytes.length))
      expect(fromBase64(text)).toEqual(bytes)
    }),
  )
})

test('longer than one chunk, from the middle of a buffer', () => {
  const numbers = Float32Array.from({ length: 50_001 }, (_, i) => i / 7).subarray(1)
  expect(new Float32Array(fromBase64(toBase64(numbers)).buffer)).toEqual(numbers)
})
