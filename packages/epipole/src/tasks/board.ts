import { type BoardSize, type Chessboard, findChessboard, grayFromRgb } from '@epipole/features'
import { decodePixels } from '../photos/decode-pixels.js'
import type { RefusedPhoto } from '../photos/photo.js'
import { verdictOf } from '../photos/refusal.js'

export interface BoardPayload {
  readonly name: string
  /** The photo's file. */
  readonly bytes: Uint8Array
  readonly board: BoardSize
}

export interface BoardPhoto {
  readonly name: string
  readonly width: number
  readonly height: number
  readonly board: Chessboard
}

/** Decodes a photo and looks for the chessboard at full resolution. A photo that cannot be used is refused. */
export async function board(payload: BoardPayload): Promise<BoardPhoto | RefusedPhoto> {
  const { name } = payload
  try {
    const { width, height, rgb } = await decodePixels(payload.bytes, name)
    const gray = grayFromRgb({ width, height, channels: 3, data: rgb })
    return { name, width, height, board: findChessboard(gray, payload.board) }
  } catch (error) {
    const verdict = verdictOf(error)
    if (verdict === undefined) throw error
    return { name, verdict }
  }
}
