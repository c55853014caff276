import { expect, test } from 'vitest'
import { isInstalled, runCommand } from './run-command.js'

test('a command’s code, outputs, environment and time', async () => {
  const script =
    'process.stdout.write(process.env.WORD); process.stderr.write("e"); setTimeout(() => process.exit(3), 150)'
  const run = await runCommand(process.execPath, ['-e', script], { WORD: 'out' })
  expect(run).toMatchObject({ code: 3, stdout: 'out', stderr: 'e' })
  expect(run.seconds).toBeGreaterThan(0.14)
})

test('a command that hangs is ended, and says so', async () => {
  const hangs = runCommand(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], {}, 0.2)
  await expect(hangs).rejects.toThrow('took longer than 0.2 s and was ended')
})

test('the largest memory is of the moment it was held, not of the end', async () => {
  const script = 'let b = Buffer.alloc(200e6, 1); setTimeout(() => { b = undefined; setTimeout(() => {}, 300) }, 50)'
  const { peakBytes } = await runCommand(process.execPath, ['-e', script])
  // Only Linux tells.
  if (process.platform === 'linux') expect(peakBytes).toBeGreaterThan(200e6)
  else expect(peakBytes).toBeUndefined()
})

test('what is not there is not installed', async () => {
  expect(await isInstalled(process.execPath, ['--version'])).toBe(true)
  expect(await isInstalled(process.execPath, ['-e', 'process.exit(1)'])).toBe(false)
  expect(await isInstalled('no-such-command-here', [])).toBe(false)
})
