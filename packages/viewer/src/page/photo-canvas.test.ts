import { expect, test } from 'vitest'
import { shownSize, shownTransform } from './photo-canvas.js'

/** Where the stored corner (0, 0) and the end of the first stored row (w, 0) are shown: EXIF 2.32, tag 0x0112. */
const CORNERS = {
  1: ['top left', 'top right'],
  2: ['top right', 'top left'],
  3: ['bottom right', 'bottom left'],
  4: ['bottom left', 'bottom right'],
  5: ['top left', 'bottom left'],
  6: ['top right', 'bottom right'],
  7: ['bottom right', 'top right'],
  8: ['bottom left', 'top left'],
} as const

test.each([1, 2, 3, 4, 5, 6, 7, 8] as const)('EXIF orientation %d', (orientation) => {
  const [w, h] = shownSize(orientation, 300, 200)
  expect([w, h]).toEqual(orientation > 4 ? [200, 300] : [300, 200])
  const [a, b, c, d, e, f] = shownTransform(orientation, 300, 200)
  const corner = (x: number, y: number) => {
    const at = [a * x + c * y + e, b * x + d * y + f]
    return `${at[1] === 0 ? 'top' : at[1] === h ? 'bottom' : at[1]} ${at[0] === 0 ? 'left' : at[0] === w ? 'right' : at[0]}`
  }
  expect([corner(0, 0), corner(300, 0)]).toEqual(CORNERS[orientation])
})
