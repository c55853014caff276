import { printable } from './printable.js'
import type { Terminal } from './terminal.js'

/** Opens a file with what the platform opens such files with; where that fails, a person is told and nothing else. */
export async function openFile(file: string, terminal: Terminal): Promise<void> {
  try {
    const { default: open } = await import('open')
    const child = await open(file)
    await new Promise<void>((resolve, reject) => {
      child.once('error', reject)
      child.once('spawn', resolve)
      if (child.pid !== undefined) resolve()
    })
    child.unref()
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    terminal.err(`The report could not be opened (${printable(reason)}). Open it yourself: ${printable(file)}`)
  }
}
