import { type Comparison, comparePoses, readTruth, type ViewPose, viewPoses } from '@epipole/sfm'
import { readInput, readModel, statOf } from './read-model.js'

/**
 * How far a model's poses are from a truth's: relative rotation and translation errors over all pairs, AUC at 1, 3 and 5
 * degrees, and camera centres after a similarity alignment, in units of the truth.
 *
 * @param modelPath folder of a COLMAP model, or one that has it in `sparse/0`
 * @param truthPath a JSON file `{ images: { name: { R, C } } }`, or another model's folder
 * @throws EpipoleError `io` or `input`, naming the file
 */
export async function compare(modelPath: string, truthPath: string): Promise<Comparison> {
  const { model } = await readModel(modelPath)
  return comparePoses(viewPoses(model), await readTruthAt(truthPath))
}

async function readTruthAt(path: string): Promise<ViewPose[]> {
  if ((await statOf(path)).isFile() && /\.json$/i.test(path)) {
    return readTruth(new TextDecoder().decode(await readInput(path)), path)
  }
  return viewPoses((await readModel(path)).model)
}
