import { randomUUID } from 'node:crypto'
import { mkdir, open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { EpipoleError } from '@epipole/core'
import { type ReportPage, reportHtml } from './report-html.js'

/** Where the report went. */
export interface WrittenReport {
  readonly json: string
  readonly html: string
}

/**
 * Writes `report.json` and `report.html` into the folder, which is made where missing. Each file appears whole or not at
 * all, and both pages are ready before the first is put in place.
 *
 * @throws EpipoleError `io` where the folder cannot be written
 */
export async function writeReport(outDir: string, page: ReportPage): Promise<WrittenReport> {
  const html = await reportHtml(page)
  const json = `${JSON.stringify(page.report, null, 1)}\n`
  const paths = { json: join(outDir, 'report.json'), html: join(outDir, 'report.html') }
  try {
    await mkdir(outDir, { recursive: true })
    await writeWhole(paths.json, json)
    await writeWhole(paths.html, html)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new EpipoleError(
      'io',
      `The report cannot be written to ${outDir}: ${reason}. Is there space left, and may you write there?`,
      { folder: outDir },
      { cause: error },
    )
  }
  return paths
}

/** Writes beside the file, waits for the disk, then renames. */
async function writeWhole(path: string, text: string): Promise<void> {
  const temporary = `${path}.${randomUUID()}.tmp`
  try {
    const file = await open(temporary, 'wx')
    try {
      await file.writeFile(text)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}
