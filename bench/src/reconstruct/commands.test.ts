import { expect, test } from 'vitest'
import { colmapCommands } from './colmap.js'
import { inputsOf, reconstructArgs } from './ours.js'
import { cases } from './sets.js'

test('our command: intrinsics only where they are given', () => {
  const [given, unknown] = ['fountain-P11, given', 'fountain-P11'].map((n) => cases.find((c) => c.name === n)!)
  const { photos, intrinsics } = inputsOf(given)
  const plain = ['reconstruct', photos, '--out', '/o', '--text', '--json', '--seed', '3']
  expect(reconstructArgs(unknown, '/o', 3)).toEqual(plain)
  expect(reconstructArgs(given, '/o', 3)).toEqual([...plain, '--intrinsics', intrinsics])
  expect(intrinsics).toMatch(/fountain-P11.K\.txt$/)
})

test('COLMAP’s commands: on the CPU, options of its own unless intrinsics are given', () => {
  const [extract, match, map] = colmapCommands({ photos: '/p', folder: '/f' })
  const database = ['--database_path', '/f/database.db']
  expect(extract).toEqual(['feature_extractor', ...database, '--image_path', '/p', '--SiftExtraction.use_gpu', '0'])
  expect(match).toEqual(['exhaustive_matcher', ...database, '--SiftMatching.use_gpu', '0'])
  expect(map).toEqual(['mapper', ...database, '--image_path', '/p', '--output_path', '/f/sparse'])
  const [single] = colmapCommands({ photos: '/p', folder: '/f', singleCamera: true })
  expect(single).toEqual([...extract, '--ImageReader.single_camera', '1'])
  const fixed = colmapCommands({ photos: '/p', folder: '/f', pinhole: [1, 2, 3, 4] })
  expect(fixed[0].slice(-6)).toEqual([
    '--ImageReader.single_camera',
    '1',
    '--ImageReader.camera_model',
    'PINHOLE',
    '--ImageReader.camera_params',
    '1,2,3,4',
  ])
  expect(fixed[2].slice(-4)).toEqual(['--Mapper.ba_refine_focal_length', '0', '--Mapper.ba_refine_extra_params', '0'])
})
