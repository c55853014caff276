import { EpipoleError } from '@epipole/core'
import { looksLikePhoto } from '../photos/formats.js'
import { compareNames } from '../photos/photo.js'
import type { DataFile } from './listing.node.js'

/** An image file and the class it stands for. */
export interface LabelledFile {
  readonly file: DataFile
  readonly label: number
}

export interface ClassFolders {
  readonly classes: readonly string[]
  readonly train: readonly LabelledFile[]
  readonly test: readonly LabelledFile[]
}

const TEST = new Set(['test', 'val', 'valid', 'validation'])

/** What folders stand for. */
export interface ClassNames {
  /** The classes of a model there is: of these folders some may be missing, and there may be no others. */
  readonly classes?: readonly string[]
  /** Images may lie anywhere: nothing but what they show is wanted. All are of one class without a name. */
  readonly unlabelled?: boolean
}

/**
 * Images in a folder for each class, `<class>/…/x.jpg`, or below `train/` and `test/` (or `val/`). A common folder around all
 * is looked through. Classes are numbered in the order of their names, unless they are given.
 *
 * @throws EpipoleError `input` where there are no images, images outside of a class, one class only, an unknown class, or test
 *   images of a class without training images
 */
export function classFolders(
  files: readonly DataFile[],
  { classes: known, unlabelled }: ClassNames = {},
): ClassFolders {
  const images = files.filter(({ name }) => looksLikePhoto(name)).sort((a, b) => compareNames(a.name, b.name))
  if (images.length === 0) throw new EpipoleError('input', 'There are no images (JPEG, PNG, WebP, TIFF, AVIF or PPM).')
  if (unlabelled) return { classes: [''], train: images.map((file) => ({ file, label: 0 })), test: [] }
  const paths = images.map(({ name }) => name.split('/'))
  const depth = wrapping(paths, known)
  const head = (path: readonly string[]) => path[depth] as string
  const split = paths.some((path) => head(path) === 'train' && path.length > depth + 2)
  const at = split ? depth + 1 : depth
  const outside = paths.findIndex((path) => path.length < at + 2)
  if (outside >= 0)
    throw new EpipoleError(
      'input',
      `${images[outside]?.name} is in no class folder: put the images of each class into a folder of its name.`,
    )
  const isTest = (path: readonly string[]) => split && TEST.has(head(path))
  const training = paths.filter((path) => !split || head(path) === 'train')
  const classes = known ?? [...new Set(training.map((path) => path[at] as string))].sort(compareNames)
  if (!known && classes.length < 2)
    throw new EpipoleError('input', `All images are of one class (${classes[0]}): at least two folders are needed.`)
  const lists: Record<'train' | 'test', LabelledFile[]> = { train: [], test: [] }
  images.forEach((file, i) => {
    const path = paths[i] as string[]
    if (split && head(path) !== 'train' && !isTest(path)) return
    const label = classes.indexOf(path[at] as string)
    if (label < 0) {
      const why = known ? `which the model does not know: it knows ${known.join(', ')}` : 'which has no training images'
      throw new EpipoleError('input', `${file.name} is of class ${path[at]}, ${why}.`)
    }
    lists[isTest(path) ? 'test' : 'train'].push({ file, label })
  })
  return { classes, ...lists }
}

/** How many folders around everything say nothing: an archive's own name. */
function wrapping(paths: readonly (readonly string[])[], known: readonly string[] = []): number {
  let depth = 0
  for (;;) {
    const first = paths[0]?.[depth]
    if (
      first === 'train' ||
      known.includes(first as string) ||
      !paths.every((path) => path.length > depth + 2 && path[depth] === first)
    )
      return depth
    depth++
  }
}
