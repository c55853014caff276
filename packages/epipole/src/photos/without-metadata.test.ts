import sharp from 'sharp'
import { expect, test } from 'vitest'
import { picture } from '../../test-support/pictures.js'
import { withoutMetadata } from './without-metadata.js'

const raw = (bytes: Uint8Array) => sharp(bytes, { ignoreIcc: true }).raw().toBuffer()

test('orientation and profile go, the pixels stay', async () => {
  const tagged = picture().withMetadata({ orientation: 6, icc: 'p3' })
  for (const [format, bytes] of [
    ['jpeg', await tagged.clone().jpeg().toBuffer()],
    ['png', await tagged.clone().png().toBuffer()],
    ['webp', await tagged.clone().webp().toBuffer()],
  ] as const) {
    const before = await sharp(bytes).metadata()
    expect([before.orientation, before.hasProfile]).toEqual([6, true])
    const bare = withoutMetadata(bytes, format)
    const after = await sharp(bare).metadata()
    expect([after.orientation, after.hasProfile]).toEqual([undefined, false])
    expect(await raw(bare)).toEqual(await raw(bytes))
  }
})

test('a CMYK JPEG keeps the marker that says how it is coded', async () => {
  const bytes = await picture().toColourspace('cmyk').jpeg().toBuffer()
  expect(await raw(withoutMetadata(bytes, 'jpeg'))).toEqual(await raw(bytes))
})

test('bytes of an unexpected shape come back without a crash', () => {
  for (const format of ['jpeg', 'png', 'webp', 'tiff'] as const) {
    for (let length = 0; length < 40; length++) {
      expect(() => withoutMetadata(new Uint8Array(length).fill(255), format)).not.toThrow()
    }
  }
})
