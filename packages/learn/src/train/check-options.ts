import { EpipoleError } from '@epipole/core'
import { checkBudgets } from './budget.js'
import type { TrainOptions } from './train.js'

/** Throws `usage` where a training's options contradict each other, `input` where its images teach nothing. */
export function checkOptions(options: TrainOptions): void {
  checkNeeded(options)
  checkBudgets(options)
  const { accumulate = 1, saveEvery = 0, patience, plateau, diagnose, evaluateOnce, train, validation, score } = options
  if (!(Number.isInteger(accumulate) && accumulate >= 1))
    misuse(`A step of ${accumulate} batches: set \`accumulate\` to a whole number from 1.`)
  if (!(saveEvery >= 0)) misuse(`A checkpoint every ${saveEvery} seconds: give a number from 0.`)
  if (patience !== undefined && !(patience >= 1)) misuse(`A patience of ${patience} validations: give a number from 1.`)
  const heeds = patience !== undefined || plateau !== undefined
  if ((heeds || diagnose) && !validation && !score)
    misuse('Early stopping, rates that heed a plateau and diagnosis need validation images, or a score.')
  if (heeds && evaluateOnce)
    misuse('Early stopping and rates that heed a plateau look at every epoch: leave out `evaluateOnce`.')
  if (validation && `${validation.shape}` !== `${train.shape}`)
    misuse(`Validation images are ${validation.shape.join(' × ')}, training images ${train.shape.join(' × ')}.`)
  if (!validation || score) return
  checkClasses(train)
  const odd = validation.classes.findIndex((name, i) => i < train.classes.length && name !== train.classes[i])
  if (odd >= 0)
    misuse(
      `Class ${odd} is ${train.classes[odd]} of the training images, but ${validation.classes[odd]} of the validation images.`,
    )
}

/** What is not there, or no such thing, would fail far from here. */
function checkNeeded({ net, loss, optimizer, device, train, rate, ramp }: Partial<TrainOptions>): void {
  const given: Readonly<Record<string, boolean>> = {
    'net (a layer)': typeof net === 'function' || typeof net?.forward === 'function',
    'loss (a function)': typeof loss === 'function',
    'optimizer, as in adam()': typeof optimizer === 'function',
    'device, as in nodeDevice()': typeof device?.compile === 'function',
    'train (images)': typeof train?.image === 'function' && typeof train.label === 'function',
    'rate (a number or a schedule)': typeof rate === 'number' || typeof rate === 'function',
    'ramp, as in batchRamp([100])': ramp === undefined || typeof ramp.batches === 'function',
  }
  const missing = Object.keys(given).filter((name) => !given[name])
  if (missing.length > 0) misuse(`Training needs ${missing.join('; ')}.`)
}

/** With one class there is nothing to tell apart, and any model is right. (That there are no images is said elsewhere.) */
function checkClasses(images: TrainOptions['train']): void {
  if (images.count === 0) return
  const first = images.label(0)
  for (let i = 1; i < images.count; i++) if (images.label(i) !== first) return
  const name = images.classes[first]
  throw new EpipoleError('input', `All training images are of one class (${name}): at least two are needed.`)
}

function misuse(message: string): never {
  throw new EpipoleError('usage', message)
}
