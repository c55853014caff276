import { isEpipoleError } from '@epipole/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeRecord, encodeRecord } from './record.js'

describe('record', () => {
  it('round-trips any JSON and arrays', () => {
    fc.assert(
      fc.property(
        fc.jsonValue({ noUnicodeString: false }),
        fc.uint8Array(),
        fc.float64Array({ noNaN: true }),
        fc.int32Array(),
        (meta, bytes, doubles, ints) => {
          const back = decodeRecord(encodeRecord({ meta, arrays: { bytes, doubles, ints } }))
          expect(JSON.stringify(back.meta)).toBe(JSON.stringify(meta))
          expect(back.arrays).toEqual({ bytes, doubles, ints })
        },
      ),
    )
  })

  it('refuses every truncation with a typed error', () => {
    const bytes = encodeRecord({ meta: { a: 1 }, arrays: { x: new Float64Array([1, 2, 3]), y: new Uint8Array([1]) } })
    // The last array's padding carries nothing, so cutting only padding is no damage.
    for (let n = 0; n < bytes.length - 7; n++) {
      let error: unknown
      try {
        decodeRecord(bytes.subarray(0, n))
      } catch (e) {
        error = e
      }
      expect(isEpipoleError(error) && error.code === 'input', `cut to ${n}`).toBe(true)
    }
  })
})
