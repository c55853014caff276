import { makeBatch } from '@epipole/learn'
import { board } from './board.js'
import { decodeImage } from './decode-image.js'
import { extract } from './extract.js'
import { pair } from './pair.js'
import { undistort } from './undistort.js'

/** What a worker can do; the same table serves a worker thread and, with no workers, the calling thread. */
export const tasks = { board, extract, pair, undistort, decodeImage, makeBatch }
