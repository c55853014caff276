import { expect, test } from 'vitest'
import { fromHalf, toHalf } from './half.js'

test('every half comes back', () => {
  for (let bits = 0; bits < 2 ** 16; bits++) {
    const value = fromHalf(bits)
    if (Number.isNaN(value)) expect((bits & 0x7c00) === 0x7c00 && (bits & 0x3ff) !== 0).toBe(true)
    else if (toHalf(value) !== bits) expect.fail(`${bits} is ${value}, which is ${toHalf(value)}`)
  }
})

test('halves are in order, and what lies between goes to the nearer, in the middle to the even one', () => {
  for (let bits = 0; bits < 0x7bff; bits++) {
    const [a, b] = [fromHalf(bits), fromHalf(bits + 1)]
    if (!(a < b)) expect.fail(`${a} before ${b}`)
    const middle = (a + b) / 2
    const found = [toHalf(a + (b - a) * 0.49), toHalf(middle), toHalf(a + (b - a) * 0.51), toHalf(-middle)]
    const even = bits % 2 === 0 ? bits : bits + 1
    if (`${found}` !== `${[bits, even, bits + 1, 0x8000 | even]}`) expect.fail(`around ${middle}: ${found}`)
  }
})

test('numbers of PyTorch', () => {
  // torch.tensor([1/3, 65504, 65519.99, 65520, 1e-8, 6e-8, -2.5, 1e10]).half().view(torch.int16)
  const numbers = [1 / 3, 65504, 65519.99, 65520, 1e-8, 6e-8, -2.5, 1e10]
  expect(numbers.map(toHalf)).toEqual([13653, 31743, 31743, 31744, 0, 1, 49408, 31744])
  expect(toHalf(Number.NaN)).toBe(0x7e00)
})
