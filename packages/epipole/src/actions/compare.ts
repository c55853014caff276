import { EpipoleError } from '@epipole/core'
import { type Comparison, comparePoses, readTruth, type ViewPose, viewPoses } from '@epipole/sfm'
import { readInput, readModel, statOf } from './read-model.js'

/**
 * How far a model's poses are from a truth's: relative rotation and translation errors over all pairs, AUC at 1, 3 and 5
 * degrees, and camera centres after a similarity alignment, in units of the truth.
 *
 * @param modelPath folder of a COLMAP model, or one that has it in `sparse/0`
 * @param truthPath a JSON file `{ images: { name: { R, C } } }`, or another model's folder
 * @throws EpipoleError `io` or `input`, naming the file; `input` where no photo is in both
 */
export async function compare(modelPath: string, truthPath: string): Promise<Comparison> {
  const { model } = await readModel(modelPath)
  const [estimate, truth] = [viewPoses(model), await readTruthAt(truthPath)]
  const comparison = comparePoses(estimate, truth)
  if (comparison.registered === 0) refuseStrangers(modelPath, estimate, truthPath, truth)
  return comparison
}

/** Numbers about nothing would read like a very bad model. */
function refuseStrangers(
  modelPath: string,
  estimate: readonly ViewPose[],
  truthPath: string,
  truth: readonly ViewPose[],
): never {
  const photos = (views: readonly ViewPose[]) =>
    views.length === 0 ? 'no photos' : `${views.length} photos (${views[0]!.name} …)`
  throw new EpipoleError(
    'input',
    `${modelPath} and ${truthPath} have no photo in common: ${photos(estimate)} against ${photos(truth)}. Photos are matched by their ` +
      'path, or by a file name that is unique.',
    { model: modelPath, truth: truthPath },
  )
}

async function readTruthAt(path: string): Promise<ViewPose[]> {
  if ((await statOf(path)).isFile() && /\.json$/i.test(path)) {
    return readTruth(new TextDecoder().decode(await readInput(path)), path)
  }
  return viewPoses((await readModel(path)).model)
}
