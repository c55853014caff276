// Runs the ONNX project's operator tests (a folder `test_<name>/{model.onnx,test_data_set_0/*.pb}` each, as in Debian’s
// libonnx-testdata: /usr/share/libonnx-testdata/data/node) through import and interpreter:
//   npm run conformance:onnx -- DIR
// Prints passed, failed and unsupported by name. Exit code 1 where one fails.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fromBinary } from '@bufbuild/protobuf'
import { isEpipoleError } from '@epipole/core'
import { constant, interpret, readOnnx, trace } from '../dist/index.js'
import { TensorProtoSchema } from '../dist/onnx/onnx.generated.js'
import { readTensor } from '../dist/onnx/read-tensor.js'

const [folder] = process.argv.slice(2).filter((a) => !a.startsWith('--'))
if (!folder || !existsSync(folder)) {
  console.error(
    'Usage: npm run conformance:onnx -- DIR, the folder of the tests (Debian: /usr/share/libonnx-testdata/data/node)',
  )
  process.exit(2)
}

const tensors = (at, kind) =>
  readdirSync(at)
    .filter((file) => file.startsWith(kind))
    .sort((a, b) => Number.parseInt(a.slice(kind.length), 10) - Number.parseInt(b.slice(kind.length), 10))
    .map((file) => readTensor(fromBinary(TensorProtoSchema, readFileSync(path.join(at, file)))))

/** Undefined where the test passes, else what is wrong. */
function difference(actual, expected) {
  if (actual === undefined) return 'an output is missing'
  if (actual.dtype !== expected.dtype) return `${actual.dtype} instead of ${expected.dtype}`
  if (`${actual.shape}` !== `${expected.shape}`) return `shape [${actual.shape}] instead of [${expected.shape}]`
  for (let i = 0; i < expected.data.length; i++) {
    const [a, b] = [actual.data[i], expected.data[i]]
    // The tolerances of ONNX's own test runner.
    if (!(Object.is(a, b) || a === b || Math.abs(a - b) <= 1e-7 + 1e-3 * Math.abs(b)))
      return `${a} instead of ${b} at ${i}`
  }
  return undefined
}

/** Inputs of the tests that are lists of sizes or of what is kept, as models have them as constants. */
const constants = ['scales', 'roi', 'condition', 'sequence_lens']

function run(at) {
  const model = readOnnx(readFileSync(path.join(at, 'model.onnx')))
  const data = path.join(at, 'test_data_set_0')
  const inputs = tensors(data, 'input_')
  // Shapes, axes and bounds are inputs in these tests; in ours they are constants, as they are in models.
  const isConstant = ({ dtype, shape, data }, name) =>
    dtype === 'i64' || shape.length === 0 || data.length === 0 || constants.includes(name)
  const names = model.inputs.map(({ name }) => name)
  const given = names.filter((n, i) => !isConstant(inputs[i], n))
  const specs = Object.fromEntries(
    names.flatMap((n, i) => (given.includes(n) ? [[n, { spec: true, ...inputs[i] }]] : [])),
  )
  const { graph } = trace((xs) => {
    const all = Object.fromEntries(names.map((n, i) => [n, xs[n] ?? constant(inputs[i])]))
    return Object.values(model.apply(all))
  }, specs)
  const results = interpret(
    graph,
    given.map((n) => inputs[names.indexOf(n)]),
  )
  const differences = tensors(data, 'output_').map((expected, i) => difference(results[i], expected))
  return differences.find((d) => d !== undefined)
}

const passed = []
const failed = []
const unsupported = new Map()
for (const name of readdirSync(folder).filter((n) => existsSync(path.join(folder, n, 'model.onnx')))) {
  try {
    const wrong = run(path.join(folder, name))
    if (wrong === undefined) passed.push(name)
    else failed.push(`${name}: ${wrong}`)
  } catch (error) {
    if (isEpipoleError(error) && error.code === 'unsupported') {
      const why = error.details.operator ?? 'types'
      unsupported.set(why, [...(unsupported.get(why) ?? []), `${name}: ${error.message}`])
    } else failed.push(`${name}: ${error.message}`)
  }
}
const list = (title, names) => console.log(`${title} (${names.length})\n${names.map((n) => `  ${n}`).join('\n')}\n`)
list('Passed', passed)
console.log(`Unsupported (${[...unsupported.values()].flat().length})`)
for (const [operator, names] of [...unsupported].sort())
  console.log(`  ${operator}:\n${names.map((n) => `    ${n}`).join('\n')}`)
console.log()
list('Failed', failed)
console.log(`${passed.length} passed, ${failed.length} failed, ${[...unsupported.values()].flat().length} unsupported`)
process.exit(failed.length > 0 ? 1 : 0)
