import { closeSync, fsyncSync, mkdirSync, openSync, renameSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { EpipoleError } from '@epipole/core'
import { cameraModelInfo, quaternionFromRotation } from '@epipole/geometry'
import sqlite from 'node-sqlite3-wasm'
import { removeLeftovers, temporaryBeside } from '../outputs/temporary.js'
import { affineKeypoints, bytesOf } from './blobs.js'
import { findDatabaseProblem } from './check.js'
import { pairId, SCHEMA, SCHEMA_VERSION } from './schema.js'
import { type Database, databaseError, removeOwn } from './sqlite.js'
import { type ColmapDatabase, type DatabaseFeatures, type DatabaseGeometry, PAIR_CONFIGS } from './types.js'

/**
 * Writes a COLMAP database (SQLite, schema of 3.8) in place of whatever is at the path: whole or not at all, records by
 * ascending id, so equal content gives equal bytes. COLMAP's `mapper` runs on it.
 *
 * Keypoints of four columns are stored in six (affine), as COLMAP does.
 *
 * @throws EpipoleError `usage` where the content contradicts itself; `io` where the file cannot be written
 */
export function writeColmapDatabase(path: string, content: ColmapDatabase): void {
  const problem = findDatabaseProblem(content)
  if (problem !== undefined) throw new EpipoleError('usage', `The database would contradict itself: ${problem}.`)
  const temporary = temporaryBeside(resolve(path))
  try {
    mkdirSync(dirname(temporary), { recursive: true })
    removeLeftovers(resolve(path))
    // Made here, so that the user's umask counts and not SQLite's habit.
    closeSync(openSync(temporary, 'wx'))
    fill(temporary, content)
    syncToDisk(temporary)
    renameSync(temporary, path)
  } catch (error) {
    removeQuietly(temporary)
    throw databaseError(error, path, 'written')
  }
}

function fill(path: string, content: ColmapDatabase): void {
  const database = new sqlite.Database(path)
  try {
    // Whole or not at all comes from the rename; a journal beside the temporary file would only cost time.
    database.exec(`PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA user_version = ${SCHEMA_VERSION};`)
    database.exec(`BEGIN; ${SCHEMA}`)
    insertCameras(database, content)
    insertImages(database, content)
    insertPairs(database, content)
    database.exec('COMMIT')
  } finally {
    database.close()
  }
}

function insertCameras(database: Database, { cameras }: ColmapDatabase): void {
  const insert = database.prepare('INSERT INTO cameras VALUES (?, ?, ?, ?, ?, ?)')
  try {
    for (const { id, camera, priorFocalLength } of sorted(cameras, (c) => [c.id])) {
      const params = bytesOf(Float64Array.from(camera.params))
      insert.run([id, cameraModelInfo(camera.model).id, camera.width, camera.height, params, priorFocalLength ? 1 : 0])
    }
  } finally {
    insert.finalize()
  }
}

function insertImages(database: Database, { images }: ColmapDatabase): void {
  const insert = database.prepare('INSERT INTO images (image_id, name, camera_id) VALUES (?, ?, ?)')
  const insertKeypoints = database.prepare('INSERT INTO keypoints VALUES (?, ?, ?, ?)')
  const insertDescriptors = database.prepare('INSERT INTO descriptors VALUES (?, ?, ?, ?)')
  try {
    for (const { id, name, cameraId, features } of sorted(images, (i) => [i.id])) {
      insert.run([id, name, cameraId])
      if (features === undefined) continue
      const keypoints = features.columns === 4 ? affineKeypoints(features.keypoints) : features.keypoints
      insertKeypoints.run([id, features.count, columnsOf(features), bytesOf(keypoints)])
      const { descriptors } = features
      if (descriptors !== undefined)
        insertDescriptors.run([id, features.count, descriptors.dimension, descriptors.data])
    }
  } finally {
    insert.finalize()
    insertKeypoints.finalize()
    insertDescriptors.finalize()
  }
}

function columnsOf(features: DatabaseFeatures): number {
  return features.columns === 4 ? 6 : features.columns
}

function insertPairs(database: Database, { pairs }: ColmapDatabase): void {
  const insertMatches = database.prepare('INSERT INTO matches VALUES (?, ?, ?, ?)')
  const insertGeometry = database.prepare('INSERT INTO two_view_geometries VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)')
  try {
    for (const { image1, image2, matches, geometry } of sorted(pairs, (p) => [p.image1, p.image2])) {
      const id = pairId(image1, image2)
      if (matches !== undefined) insertMatches.run([id, matches.length / 2, 2, bytesOf(matches)])
      if (geometry !== undefined) insertGeometry.run([id, ...geometryColumns(geometry)])
    }
  } finally {
    insertMatches.finalize()
    insertGeometry.finalize()
  }
}

function geometryColumns({ inliers, config, F, E, H, cam2FromCam1 }: DatabaseGeometry) {
  const blob = (values: Float64Array | undefined) => (values === undefined ? null : bytesOf(values))
  return [
    inliers.length / 2,
    2,
    bytesOf(inliers),
    PAIR_CONFIGS.indexOf(config),
    blob(F),
    blob(E),
    blob(H),
    blob(cam2FromCam1 === undefined ? undefined : quaternionFromRotation(cam2FromCam1.R)),
    blob(cam2FromCam1?.t),
  ]
}

function sorted<T>(records: readonly T[], key: (record: T) => readonly number[]): T[] {
  return [...records].sort((a, b) => key(a)[0] - key(b)[0] || (key(a)[1] ?? 0) - (key(b)[1] ?? 0))
}

function syncToDisk(path: string): void {
  const file = openSync(path, 'r+')
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

function removeQuietly(path: string): void {
  try {
    removeOwn(path)
  } catch {
    // The folder itself may be gone or read-only; the error that led here says so.
  }
}
