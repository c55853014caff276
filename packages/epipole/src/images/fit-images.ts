import type { LabelledImages } from '@epipole/learn'
import { fitPlanes } from './fit-planes.js'

/** How images are wanted; what is not said stays as it is. */
export interface ImageForm {
  /** Gray or colour. */
  readonly channels?: 1 | 3
  /** Height and width: scaled to cover it, cut in the middle. */
  readonly size?: readonly [number, number]
}

/** The same images in another form, each brought to it when it is read. */
export function fitImages(images: LabelledImages, { channels, size }: ImageForm): LabelledImages {
  const [own, height, width] = images.shape
  const wanted = [channels ?? own, ...(size ?? [height, width])] as [1 | 3, number, number]
  if (`${wanted}` === `${images.shape}`) return images
  const plane = height * width
  return {
    ...images,
    shape: wanted,
    async image(i) {
      const planes = await images.image(i)
      const rgb = new Uint8Array(3 * plane)
      // A gray image is one whose colours are equal.
      for (let c = 0; c < 3; c++) {
        const from = own === 1 ? 0 : c * plane
        for (let p = 0; p < plane; p++) rgb[3 * p + c] = planes[from + p] as number
      }
      return fitPlanes({ height, width, rgb }, wanted[0], [wanted[1], wanted[2]]).planes
    },
  }
}
