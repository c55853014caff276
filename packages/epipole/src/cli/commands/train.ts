import type { Command } from 'commander'
import { type TrainFolderOptions, trainFolder } from '../../actions/train-folder.js'
import type { TrainFolderResult } from '../../actions/train-images.js'
import { type SeedRun, type TrainSeedsOptions, trainSeeds } from '../../actions/train-seeds.js'
import { AUGMENTATIONS, MODELS, OPTIMIZERS, SCHEDULES } from '../../learning/recipe.js'
import { SETTING_RANGES } from '../../learning/setting-ranges.js'
import type { Context } from '../context.js'
import { exitCode } from '../exit-codes.js'
import { numberIn, oneOf, wholeNumber } from '../parse.js'
import { printable } from '../printable.js'
import { watchTraining } from '../watch-training.js'
import { MAX_WORKERS } from './shared-flags.js'

interface Flags
  extends Omit<TrainFolderOptions, 'device' | 'holdSeed' | 'onEvent' | 'onStep' | 'onValidation' | 'signal'> {
  readonly seeds?: number
  readonly json?: boolean
}

export function addTrain(program: Command, context: Context): void {
  const command = program
    .command('train')
    .description('train an image classifier on labelled images; stopped in any way, the same command goes on')
    .argument(
      '<data>',
      "folder or tar archive: a folder for each class (or train/ and test/ of them), MNIST's IDX, CIFAR",
    )
  trainingFlags(command)
    .option('-o, --out <folder>', 'where the model goes (default: ./<data>-model)')
    .option(
      '--seeds <n>',
      'train from n seeds, and tell how much chance does and what the models reach together',
      wholeNumber(2, 100),
    )
    .option('--fresh', 'forget what an earlier run left in the folder')
    .option('--json', 'print the result as one line of JSON')
    .action((data: string, flags: Flags) => act(data, flags, context))
}

/** What `train` and `sweep` share. */
export function trainingFlags(command: Command): Command {
  return command
    .option('--model <name>', MODELS.join(', '), oneOf(MODELS), 'resnet-small')
    .option('--optimizer <name>', Object.keys(OPTIMIZERS).join(', '), oneOf(Object.keys(OPTIMIZERS)), 'adamw')
    .option('--rate <r>', "largest learning rate (default: the optimizer's usual one)", numberIn(SETTING_RANGES.rate))
    .option('--decay <d>', 'weight decay', numberIn(SETTING_RANGES.decay), 0.01)
    .option('--schedule <name>', Object.keys(SCHEDULES).join(', '), oneOf(Object.keys(SCHEDULES)), 'cosine')
    .option('--augment <names>', `comma-separated: ${Object.keys(AUGMENTATIONS).join(', ')}`, names)
    .option(
      '--epochs <n>',
      'times over all images (default: 10, or as many as fit into --steps or --seconds)',
      numberIn(SETTING_RANGES.epochs),
    )
    .option('--steps <n>', 'train so many batches, or until --epochs are done', numberIn(SETTING_RANGES.steps))
    .option(
      '--seconds <s>',
      'train so many seconds, or until --epochs are done; the schedule ends with them',
      numberIn({ least: 0, most: 1e9 }),
    )
    .option('--batch-size <n>', 'images a step', numberIn(SETTING_RANGES.batchSize), 64)
    .option('--smoothing <s>', 'label smoothing', numberIn(SETTING_RANGES.smoothing), 0)
    .option('--quantize', 'train through rounding to 8 bits: `export` then writes integers')
    .option('--patience <n>', 'stop after so many epochs without a better validation', wholeNumber(1))
    .option(
      '--hold <part>',
      'part of the images kept for validation where there are no test images',
      numberIn({ least: 0.001, most: 0.9 }),
      0.1,
    )
    .option(
      '--fraction <part>',
      'part of the training images that is used, the same part of each class',
      numberIn(SETTING_RANGES.fraction),
      1,
    )
    .option('--size <px>', 'bring images to squares of this side', wholeNumber(1, 4096))
    .option('--gray', 'one channel in place of three')
    .option('--skip-damaged', 'leave out image files that cannot be read')
    .option('--seed <n>', 'of all randomness', numberIn(SETTING_RANGES.seed), 0)
    .option('--workers <n>', 'threads that prepare images (default: one a core)', wholeNumber(0, MAX_WORKERS))
}

async function act(data: string, { json, seeds, ...options }: Flags, context: Context): Promise<void> {
  const { terminal, signal } = context
  const watched = { ...options, signal, ...watchTraining(terminal) }
  if (seeds !== undefined) return actSeeds(data, { ...watched, seeds }, json ?? false, context)
  const trained = await trainFolder(data, watched)
  const failed = trained.result.ended === 'not-finite'
  if (failed) context.exit = exitCode('nothing')
  if (json) terminal.out(JSON.stringify(jsonOf(trained)))
  else for (const line of lines(trained)) terminal.out(line)
}

async function actSeeds(data: string, options: TrainSeedsOptions, json: boolean, context: Context): Promise<void> {
  const { terminal } = context
  const onRun = ({ seed, accuracy }: SeedRun, done: number, total: number) =>
    terminal.err(`seed ${seed} (${done} of ${total}): ${accuracy === null ? 'broke' : percent(accuracy)}`)
  const { out, page, classes, runs, report } = await trainSeeds(data, { ...options, onRun })
  if (!report) context.exit = exitCode('nothing')
  if (json) {
    const told = report && { ...report, confusion: [...report.confusion] }
    terminal.out(JSON.stringify({ ok: report !== undefined, out, page, classes, runs, report: told }))
    return
  }
  for (const { seed, accuracy } of runs)
    terminal.out(`seed ${seed}: ${accuracy === null ? 'broke' : percent(accuracy)}`)
  if (report) {
    terminal.out(`mean ${percent(report.mean)} ± ${percent(report.deviation)} (standard deviation of ${report.count})`)
    terminal.out(`two of them disagree on ${percent(report.disagreement)} of the images`)
    terminal.out(`together ${percent(report.ensemble)}`)
  }
  terminal.out(`models ${printable(out)}`)
  terminal.out(`table and confusion ${printable(page)}`)
}

const percent = (v: number) => `${(100 * v).toFixed(2)} %`

function jsonOf({ out, report, classes, images, refused, result }: TrainFolderResult) {
  const { ended, reason, position, evaluation, seconds, waited } = result
  const { best, step } = position
  const last = evaluation && { accuracy: evaluation.accuracy, loss: evaluation.loss }
  return {
    ok: ended !== 'not-finite',
    out,
    report,
    classes,
    images,
    refused,
    ended,
    reason,
    step,
    best,
    last,
    seconds,
    waited,
  }
}

const ENDED: Readonly<Record<TrainFolderResult['result']['ended'], string>> = {
  epochs: 'all epochs are done',
  steps: 'all steps are done',
  seconds: 'the time is used up',
  patience: 'validation stopped getting better',
  'not-finite': 'a number was not finite',
}

/** In which no network learns much. */
const FEW_STEPS = 50

function lines({ out, report, classes, images, refused, result }: TrainFolderResult): string[] {
  const { position, evaluation, ended, reason } = result
  return [
    `${classes.length} classes, ${images.train} images to train, ${images.validation} to validate${refused.length > 0 ? `, ${refused.length} left out` : ''}`,
    ...(evaluation
      ? [`accuracy ${percent(evaluation.accuracy)}, loss ${evaluation.loss.toFixed(4)} on the validation images`]
      : []),
    ...(position.best ? [`best ${percent(position.best.score)} after step ${position.best.step}`] : []),
    `${position.step} ${position.step === 1 ? 'step' : 'steps'} in ${position.seconds.toFixed(0)} s: ${ENDED[ended]}`,
    ...(position.step < FEW_STEPS && ended === 'epochs'
      ? ['few steps: so few images want more --epochs, or a smaller --batch-size']
      : []),
    ...(reason === undefined ? [] : [printable(reason)]),
    `model ${printable(out)}`,
    `report ${printable(report)}`,
  ]
}

function names(text: string): string[] {
  const list = text.split(',').map((name) => name.trim())
  for (const name of list) oneOf(Object.keys(AUGMENTATIONS))(name)
  return list
}
