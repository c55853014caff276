// Result paths have the same bits on every engine: nothing whose value ECMAScript leaves to the engine, the clock, chance or
// the locale.
import { problem, walk } from './sources.mjs'

export const fixedBitsFolders = [
  'packages/core/src',
  'packages/geometry/src',
  'packages/features/src',
  'packages/sfm/src',
  'samples/src',
]

const engineMath = new Set(
  'sin cos tan asin acos atan atan2 sinh cosh tanh asinh acosh atanh exp expm1 log log1p log2 log10 pow cbrt hypot'.split(
    ' ',
  ),
)
const roundings = new Set(['floor', 'ceil', 'round', 'trunc'])
const isName = (node, name) => node?.type === 'Identifier' && node.name === name
const isInteger = (node) =>
  (node?.type === 'Literal' && Number.isInteger(node.value)) ||
  (node?.type === 'UnaryExpression' && isInteger(node.argument)) ||
  (node?.type === 'CallExpression' && isName(node.callee.object, 'Math') && roundings.has(node.callee.property?.name))

/** x², and 2 to a whole power, are exact on every engine; other powers are not. */
const isExactPower = (left, right) =>
  (right.type === 'Literal' && right.value === 2) || (left.type === 'Literal' && left.value === 2 && isInteger(right))

export function checkFixedBits(source) {
  const problems = []
  const add = (node, message) => problems.push(problem(source, node.start, message))
  walk(source.program, (node, parent) => {
    if (node.type === 'MemberExpression' && isName(node.object, 'Math')) {
      const name = node.computed ? node.property.value : node.property.name
      if (name === 'random') add(node, "Math.random is not reproducible: take a stream of @epipole/core's randomStream")
      else if (name === undefined) add(node, 'Math[…] by a computed name may be a function without fixed bits')
      else if (engineMath.has(name))
        add(node, `Math.${name} differs between engines: import ${name} from @epipole/core`)
    } else if (isName(node, 'Math') && !(parent.type === 'MemberExpression' && parent.object === node)) {
      add(node, 'Math is passed on or taken apart: call its members by name, so that they can be checked')
    } else if (node.type === 'BinaryExpression' && node.operator === '**' && !isExactPower(node.left, node.right)) {
      add(node, '** differs between engines except for x ** 2 and 2 ** integer: multiply, or use pow of @epipole/core')
    } else if (node.type === 'AssignmentExpression' && node.operator === '**=') {
      add(node, '**= differs between engines: multiply, or use pow of @epipole/core')
    } else if (isName(node, 'Date') && parent.type !== 'TSTypeReference') {
      add(node, 'Date must not reach results: take times from the caller')
    } else if (
      isName(node, 'Intl') ||
      (node.type === 'MemberExpression' && /^(localeCompare|toLocale\w+)$/.test(node.property.name))
    ) {
      add(node, 'the locale must not reach results: compare and print by code units')
    }
  })
  return problems
}
