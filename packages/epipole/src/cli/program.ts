import { Command } from 'commander'
import { VERSION } from '../version.js'
import { addCalibrate } from './commands/calibrate.js'
import { addCompare } from './commands/compare.js'
import { addConvert } from './commands/convert.js'
import { addDemo } from './commands/demo.js'
import { addDescribe } from './commands/describe.js'
import { addDiagnose } from './commands/diagnose.js'
import { addExport } from './commands/export.js'
import { addInfo } from './commands/info.js'
import { addPair } from './commands/pair.js'
import { addPredict } from './commands/predict.js'
import { addReconstruct } from './commands/reconstruct.js'
import { addSweep } from './commands/sweep.js'
import { addTest } from './commands/test.js'
import { addTrain } from './commands/train.js'
import { addUndistort } from './commands/undistort.js'
import type { Context } from './context.js'
import { exitCodesHelp } from './exit-codes.js'

/** The commands, none of which does more than parse its arguments and call an action. */
export function createProgram(context: Context): Command {
  const { terminal } = context
  const program = new Command('epipole')
    .description('Photos in; cameras, 3-D points and trained classifiers out.')
    .version(VERSION, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [command]', 'print help for a command')
    .showHelpAfterError('(run with --help for all flags)')
    .showSuggestionAfterError()
    .enablePositionalOptions()
    .addHelpText('after', `\n${exitCodesHelp()}`)
    .configureOutput({
      writeOut: (text) => terminal.out(text.replace(/\n$/, '')),
      writeErr: (text) => terminal.err(text.replace(/\n$/, '')),
      outputError: (text, write) => write(text.replace(/^error: /, 'epipole: ')),
      getOutHasColors: () => terminal.colors.isColorSupported,
      getErrHasColors: () => terminal.errColors.isColorSupported,
    })
    .exitOverride()
  for (const add of [
    addReconstruct,
    addPair,
    addCalibrate,
    addInfo,
    addCompare,
    addConvert,
    addUndistort,
    addDemo,
    addTrain,
    addSweep,
    addTest,
    addPredict,
    addDiagnose,
    addExport,
    addDescribe,
  ])
    add(program, context)
  return program
}
