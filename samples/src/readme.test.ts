import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { photoSet, photoSets, prepareScene, renderPhoto, renderSet } from './index.js'

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')

test('the example of the README runs as written', () => {
  const example = readme.match(/```ts\n([\s\S]*?)```/)?.[1] ?? ''
  const body = example.replace(/^import .*$/m, '')
  expect(body).toContain('renderPhoto(')
  const run = new Function(
    'photoSet',
    'prepareScene',
    'renderPhoto',
    'renderSet',
    `${body}; return { photos, truth, photo }`,
  )
  const { photos, truth, photo } = run(photoSet, prepareScene, renderPhoto, renderSet)
  expect(photos[0].rgb.length).toBe(240 * 160 * 3)
  expect(truth.images['loop-01.jpg'].C).toHaveLength(3)
  expect([photo.width, photo.height]).toEqual([240, 160])
})

test('the README lists every set with its number of photos', () => {
  for (const name of Object.keys(photoSets) as (keyof typeof photoSets)[]) {
    const count = readme.match(new RegExp(`^\\| \`${name}\` \\| ([0-9 +]+) \\|`, 'm'))?.[1] ?? ''
    const total = count.split('+').reduce((sum, part) => sum + Number(part), 0)
    expect(total).toBe(photoSet(name).shots.length)
  }
})
