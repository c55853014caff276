import type { ActionEvent } from '@epipole/core'

/** A line for each epoch. */
export function show(event: ActionEvent): void {
  if (event.type === 'stage-end')
    console.log(`    ${event.stage}: ${event.summary ?? ''}, ${event.seconds.toFixed(1)} s`)
}
