import sharp from 'sharp'
import { expect, test } from 'vitest'
import { decodeImage } from '../tasks/decode-image.js'
import { upright } from './upright.js'

const rgb = Uint8Array.from({ length: 3 * 4 * 3 }, (_, i) => (i * 29) % 256)

// sharp turns a file by its EXIF on its own, when it is asked to.
test.each([1, 2, 3, 4, 5, 6, 7, 8])('orientation %i, as sharp shows it', async (orientation) => {
  const file = await sharp(rgb, { raw: { width: 4, height: 3, channels: 3 } })
    .withMetadata({ orientation })
    .png()
    .toBuffer()
  const { data, info } = await sharp(file).rotate().raw().toBuffer({ resolveWithObject: true })
  const shown = upright({ width: 4, height: 3, rgb }, orientation)
  expect([shown.width, shown.height]).toEqual([info.width, info.height])
  expect(shown.rgb).toEqual(new Uint8Array(data))
  // Images for learning are read as they are shown, as other programs will hand them to the model.
  const { planes, height, width } = await decodeImage({ name: 'a.png', bytes: new Uint8Array(file), channels: 3 })
  expect([width, height]).toEqual([info.width, info.height])
  expect([...planes.subarray(0, width * height)]).toEqual([...data].filter((_, i) => i % 3 === 0))
})
