import type { PageData } from '@epipole/sfm'
import { h } from './dom.js'
import { header } from './header.js'
import { modelSection } from './model-section.js'
import { pairsSection } from './pairs-section.js'
import { photosSection } from './photos-section.js'
import { qualitySection } from './quality-section.js'
import { runSection } from './run-section.js'
import { createState } from './state.js'

/** Entry of `report.html`: draws the page from the data beside it. */
function main(): void {
  const root = document.getElementById('report')
  const text = document.getElementById('report-data')?.textContent
  if (!root || !text) return
  const data = JSON.parse(text) as PageData
  if (data.format !== 'epipole-page' || data.version !== 1) {
    root.replaceChildren(h('p', { class: 'empty' }, 'This page holds no Epipole report that it can read.'))
    return
  }
  const state = createState(data)
  root.replaceChildren(
    header(state),
    h(
      'main',
      {},
      modelSection(state),
      photosSection(state),
      pairsSection(state),
      qualitySection(state),
      runSection(state),
    ),
  )
}

main()
