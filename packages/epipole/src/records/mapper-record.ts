import type { MapperResult, Reconstruction } from '@epipole/sfm'
import { decodeRecord, encodeRecord, type RecordData } from './record.js'

type Arrays = Record<string, RecordData['arrays'][string]>

interface ModelMeta {
  readonly model: Omit<MapperResult['models'][number], 'reconstruction'>
  readonly cameras: [number, unknown][]
  readonly images: { readonly id: number; readonly name: string; readonly cameraId: number }[]
}

/** What the mapper made, as a record: points as structure of arrays, tracks in compressed rows. */
export function encodeMapperResult(result: MapperResult): Uint8Array {
  const arrays: Arrays = {}
  const models: ModelMeta[] = result.models.map(({ reconstruction, ...model }, m) => {
    packPoints(reconstruction, m, arrays)
    for (const [id, image] of reconstruction.images) {
      arrays[`${m}.pose.${id}`] = Float64Array.of(...image.camFromWorld.R, ...image.camFromWorld.t)
      arrays[`${m}.keypoints.${id}`] = image.keypoints
      arrays[`${m}.points.${id}`] = image.pointIds
    }
    const images = [...reconstruction.images].map(([id, { name, cameraId }]) => ({ id, name, cameraId }))
    return { model, cameras: [...reconstruction.cameras], images }
  })
  return encodeRecord({ meta: { models, refusals: [...result.refusals] }, arrays })
}

export function decodeMapperResult(bytes: Uint8Array, name: string): MapperResult {
  const { meta, arrays } = decodeRecord(bytes, name)
  const { models, refusals } = meta as { models: ModelMeta[]; refusals: [number, never][] }
  return {
    models: models.map(({ model, cameras, images }, m) => ({
      ...model,
      reconstruction: {
        cameras: new Map(cameras) as Reconstruction['cameras'],
        images: new Map(
          images.map(({ id, name: photo, cameraId }) => {
            const pose = arrays[`${m}.pose.${id}`] as Float64Array
            return [
              id,
              {
                name: photo,
                cameraId,
                camFromWorld: { R: pose.slice(0, 9), t: pose.slice(9, 12) },
                keypoints: arrays[`${m}.keypoints.${id}`] as Float64Array,
                pointIds: arrays[`${m}.points.${id}`] as Int32Array,
              },
            ]
          }),
        ),
        points: unpackPoints(m, arrays),
      },
    })),
    refusals: new Map(refusals),
  }
}

function packPoints(model: Reconstruction, m: number, arrays: Arrays): void {
  const points = [...model.points]
  const rows = new Int32Array(points.length + 1)
  points.forEach(([, p], i) => {
    rows[i + 1] = rows[i] + p.track.length
  })
  const ids = Int32Array.from(points, ([id]) => id)
  const xyz = new Float64Array(3 * points.length)
  const rgb = new Uint8Array(3 * points.length)
  const error = Float64Array.from(points, ([, p]) => p.error)
  const tracks = new Int32Array(rows[points.length])
  points.forEach(([, p], i) => {
    xyz.set(p.xyz, 3 * i)
    rgb.set(p.rgb, 3 * i)
    tracks.set(p.track, rows[i])
  })
  Object.assign(arrays, {
    [`${m}.ids`]: ids,
    [`${m}.xyz`]: xyz,
    [`${m}.rgb`]: rgb,
    [`${m}.error`]: error,
    [`${m}.rows`]: rows,
    [`${m}.tracks`]: tracks,
  })
}

function unpackPoints(m: number, arrays: RecordData['arrays']): Reconstruction['points'] {
  const ids = arrays[`${m}.ids`]
  const xyz = arrays[`${m}.xyz`] as Float64Array
  const rgb = arrays[`${m}.rgb`]
  const error = arrays[`${m}.error`]
  const rows = arrays[`${m}.rows`]
  const tracks = arrays[`${m}.tracks`] as Int32Array
  const points: Reconstruction['points'] = new Map()
  for (let i = 0; i < ids.length; i++) {
    points.set(ids[i], {
      xyz: xyz.slice(3 * i, 3 * i + 3),
      rgb: [rgb[3 * i], rgb[3 * i + 1], rgb[3 * i + 2]],
      error: error[i],
      track: tracks.slice(rows[i], rows[i + 1]),
    })
  }
  return points
}
