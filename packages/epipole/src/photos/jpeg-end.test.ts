import { expect, test } from 'vitest'
import { picture } from '../../test-support/pictures.js'
import { endsAsJpeg } from './jpeg-end.js'

test('a JPEG ends with its marker, bytes behind it or not; cut anywhere in its pixels it does not', async () => {
  const whole = await picture(160, 120).jpeg().toBuffer()
  expect(endsAsJpeg(whole)).toBe(true)
  expect(endsAsJpeg(Buffer.concat([whole, Buffer.from('some phones append a video')]))).toBe(true)
  for (const missing of [1, 2, 100, 200, whole.length >> 1]) {
    expect([missing, endsAsJpeg(whole.subarray(0, whole.length - missing))]).toEqual([missing, false])
  }
})
