import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { EpipoleError } from '@epipole/core'
import { renderPhoto } from '../render/photo.js'
import { prepareScene } from '../scenes/prepare.js'
import { setTruth } from '../sets/photo-set.js'
import { photoSet, photoSets, type SetName } from '../sets/render-set.js'
import { encodeJpeg } from './encode.js'

/**
 * Renders a set into a folder: `photos/*.jpg` and `truth.json`. Any number of workers gives the same files.
 *
 *     npm run render -w samples -- --set arch --out arch
 */

interface Task {
  readonly name: SetName
  readonly width: number
  readonly seed: number
  readonly samples: number
  readonly indirect: boolean
  readonly out: string
}

function parse(): Task & { readonly workers: number } {
  const { values } = parseArgs({
    options: {
      set: { type: 'string', default: 'arch' },
      out: { type: 'string' },
      width: { type: 'string', default: '1200' },
      seed: { type: 'string', default: '1' },
      samples: { type: 'string', default: '4' },
      draft: { type: 'boolean', default: false },
      workers: { type: 'string', default: '1' },
    },
  })
  const name = values.set
  if (!Object.hasOwn(photoSets, name)) {
    const known = Object.keys(photoSets).join(', ')
    throw new EpipoleError('usage', `There is no photo set "${name}"; there are: ${known}.`, { set: name })
  }
  return {
    name: name as SetName,
    width: Number(values.width),
    seed: Number(values.seed),
    samples: values.draft ? 1 : Number(values.samples),
    indirect: !values.draft,
    out: values.out ?? name,
    workers: Math.max(1, Number(values.workers)),
  }
}

/** Renders and writes the photos handed over one at a time. */
function work(task: Task): void {
  const set = photoSet(task.name, task)
  const scenes = set.scenes.map(prepareScene)
  parentPort?.on('message', async (index: number) => {
    const { view, scene, exif } = set.shots[index]
    const photo = renderPhoto(scenes[scene], view, task)
    writeFileSync(join(task.out, 'photos', view.name), await encodeJpeg({ ...photo, name: view.name, exif }))
    parentPort?.postMessage(index)
  })
}

async function main(): Promise<void> {
  const { workers, ...task } = parse()
  const set = photoSet(task.name, task)
  mkdirSync(join(task.out, 'photos'), { recursive: true })
  writeFileSync(join(task.out, 'truth.json'), `${JSON.stringify(setTruth(set), undefined, 1)}\n`)
  let next = 0
  let done = 0
  const run = () =>
    new Promise<void>((resolve, reject) => {
      const worker = new Worker(new URL(import.meta.url), { workerData: task })
      const hand = () => {
        if (next < set.shots.length) worker.postMessage(next++)
        else worker.terminate().then(() => resolve(), reject)
      }
      worker.on('message', (index: number) => {
        process.stderr.write(`${++done}/${set.shots.length} ${set.shots[index].view.name}\n`)
        hand()
      })
      worker.on('error', reject)
      hand()
    })
  await Promise.all(Array.from({ length: Math.min(workers, set.shots.length) }, run))
}

if (isMainThread) await main()
else work(workerData as Task)
