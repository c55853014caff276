import { EpipoleError } from '@epipole/core'
import { camera, cameraModelInfo, type Rigid, rotationFromQuaternion } from '@epipole/geometry'
import { float32sOf, float64sOf, uint32sOf } from './blobs.js'
import { findDatabaseProblem } from './check.js'
import { RowReader } from './rows.js'
import { imagesOfPair, MAX_IMAGES } from './schema.js'
import { type Database, databaseError, isSqliteFile, type Row, withCopy } from './sqlite.js'
import {
  type ColmapDatabase,
  type DatabaseCamera,
  type DatabaseFeatures,
  type DatabaseGeometry,
  type DatabaseImage,
  type DatabasePair,
  PAIR_CONFIGS,
} from './types.js'

export interface ReadDatabaseOptions {
  /** Whether to read descriptors, by far the largest part. Default true. */
  readonly descriptors?: boolean
}

const TABLES = ['cameras', 'images', 'keypoints', 'descriptors', 'matches', 'two_view_geometries']

/**
 * Reads a COLMAP database (SQLite, schema of 3.8; later ones that keep these tables too) from a private copy: the file is
 * neither locked nor changed.
 *
 * @throws EpipoleError `io` where it cannot be read; `input`, naming file, table and row, where it is malformed: blobs that
 *   do not fit their announced size, unknown models, references to nothing, indices out of range, values not finite
 */
export function readColmapDatabase(path: string, options: ReadDatabaseOptions = {}): ColmapDatabase {
  try {
    if (!isSqliteFile(path)) throw new EpipoleError('input', `${path} is not an SQLite database.`, { file: path })
    return withCopy(path, (database) => readTables(database, path, options.descriptors ?? true))
  } catch (error) {
    throw databaseError(error, path, 'read')
  }
}

function readTables(database: Database, file: string, withDescriptors: boolean): ColmapDatabase {
  const tables = new Set(database.all("SELECT name FROM sqlite_master WHERE type = 'table'").map((row) => row.name))
  const missing = TABLES.filter((table) => !tables.has(table))
  if (missing.length > 0) {
    throw new EpipoleError('input', `${file} is no COLMAP database: it has no table ${missing.join(', ')}.`, { file })
  }
  const content: ColmapDatabase = {
    cameras: readCameras(database, file),
    images: readImages(database, file, withDescriptors),
    pairs: readPairs(database, file),
  }
  const problem = findDatabaseProblem(content)
  if (problem !== undefined) throw new EpipoleError('input', `${file}: ${problem}.`, { file })
  return content
}

function* rowsOf(database: Database, file: string, table: string, key: string): Generator<RowReader> {
  const statement = database.prepare(`SELECT * FROM ${table} ORDER BY ${key}`)
  try {
    for (const row of statement.iterate()) yield new RowReader(row as Row, file, table, key)
  } finally {
    statement.finalize()
  }
}

function readCameras(database: Database, file: string): DatabaseCamera[] {
  const cameras: DatabaseCamera[] = []
  for (const row of rowsOf(database, file, 'cameras', 'camera_id')) {
    const params = row.blob('params')
    if (params.length % 8 !== 0) row.fail(`params are ${params.length} bytes, not whole doubles`)
    const number = row.integer('model', 0, 0x7fffffff)
    const size = (column: string) => row.integer(column, 1, 0x7fffffff)
    cameras.push({
      id: row.integer('camera_id', 0, 0x7fffffff),
      camera: refusedAt(row, () =>
        camera(cameraModelInfo(number).name, size('width'), size('height'), float64sOf(params)),
      ),
      priorFocalLength: row.integer('prior_focal_length', 0, 1) === 1,
    })
  }
  return cameras
}

/** Runs a check of values; its refusal gets the row's place. */
function refusedAt<T>(row: RowReader, make: () => T): T {
  try {
    return make()
  } catch (error) {
    return row.fail((error as Error).message.replace(/\.$/, ''))
  }
}

function readImages(database: Database, file: string, withDescriptors: boolean): DatabaseImage[] {
  const keypoints = new Map<number, DatabaseFeatures>()
  for (const row of rowsOf(database, file, 'keypoints', 'image_id')) {
    const { rows, cols, data } = row.matrix(4)
    if (rows > 0 && cols !== 2 && cols !== 4 && cols !== 6) row.fail(`keypoints of ${cols} columns, not 2, 4 or 6`)
    const columns = cols === 2 || cols === 4 ? cols : 6
    keypoints.set(row.integer('image_id', 0, MAX_IMAGES - 1), { count: rows, columns, keypoints: float32sOf(data) })
  }
  if (withDescriptors) addDescriptors(database, file, keypoints)
  const images: DatabaseImage[] = []
  for (const row of rowsOf(database, file, 'images', 'image_id')) {
    const id = row.integer('image_id', 0, MAX_IMAGES - 1)
    const features = keypoints.get(id)
    const cameraId = row.integer('camera_id', 0, 0x7fffffff)
    images.push({ id, name: row.text('name'), cameraId, ...(features === undefined ? {} : { features }) })
  }
  return images
}

function addDescriptors(database: Database, file: string, features: Map<number, DatabaseFeatures>): void {
  for (const row of rowsOf(database, file, 'descriptors', 'image_id')) {
    const id = row.integer('image_id', 0, MAX_IMAGES - 1)
    const { rows, cols, data } = row.matrix(1)
    const found = features.get(id)
    if (found === undefined || found.count !== rows) row.fail(`${rows} descriptors for ${found?.count ?? 0} keypoints`)
    else features.set(id, { ...found, descriptors: { dimension: cols, data } })
  }
}

function readPairs(database: Database, file: string): DatabasePair[] {
  const matches = new Map<bigint, Uint32Array>()
  for (const row of rowsOf(database, file, 'matches', 'pair_id')) matches.set(row.bigint('pair_id'), indexPairs(row))
  const geometries = new Map<bigint, DatabaseGeometry>()
  for (const row of rowsOf(database, file, 'two_view_geometries', 'pair_id')) {
    geometries.set(row.bigint('pair_id'), readGeometry(row))
  }
  const ids = [...new Set([...matches.keys(), ...geometries.keys()])].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
  return ids.map((id) => {
    const found = matches.get(id)
    const geometry = geometries.get(id)
    return {
      ...imagesOfPair(id),
      ...(found === undefined ? {} : { matches: found }),
      ...(geometry === undefined ? {} : { geometry }),
    }
  })
}

function indexPairs(row: RowReader): Uint32Array {
  const { rows, cols, data } = row.matrix(4)
  if (rows > 0 && cols !== 2) row.fail(`matches of ${cols} columns, not 2`)
  return uint32sOf(data)
}

function readGeometry(row: RowReader): DatabaseGeometry {
  const config = PAIR_CONFIGS[row.integer('config', 0, PAIR_CONFIGS.length - 1)]
  const [F, E, H] = ['F', 'E', 'H'].map((column) => doubles(row, column, 9))
  const cam2FromCam1 = relativePose(row)
  return {
    config,
    inliers: indexPairs(row),
    ...(F === undefined ? {} : { F }),
    ...(E === undefined ? {} : { E }),
    ...(H === undefined ? {} : { H }),
    ...(cam2FromCam1 === undefined ? {} : { cam2FromCam1 }),
  }
}

/** So many doubles; undefined where the blob is empty, or all zero as COLMAP writes what it did not estimate. */
function doubles(row: RowReader, column: string, count: number): Float64Array | undefined {
  const data = row.blob(column)
  if (data.length === 0) return undefined
  if (data.length !== 8 * count) row.fail(`${column} is ${data.length} bytes, not ${8 * count}`)
  const values = float64sOf(data)
  if (!values.every((v) => Number.isFinite(v))) row.fail(`${column} has a number that is not finite`)
  return values.every((v) => v === 0) ? undefined : values
}

function relativePose(row: RowReader): Rigid | undefined {
  const q = doubles(row, 'qvec', 4)
  if (q === undefined) return undefined
  const square = q.reduce((sum, v) => sum + v * v, 0)
  if (!(square > 1e-12 && square < 1e12)) row.fail('qvec is not a rotation')
  return { R: rotationFromQuaternion(q), t: doubles(row, 'tvec', 3) ?? new Float64Array(3) }
}
