/**
 * What a long action tells while it works. Every event is plain data (structured-cloneable), so it crosses workers and
 * can be logged as one JSON line.
 */
export type ActionEvent =
  | {
      readonly type: 'stage-start'
      readonly stage: string
      readonly total: number
      readonly reused: number
      readonly unit: string
    }
  | {
      readonly type: 'progress'
      readonly stage: string
      readonly done: number
      readonly total: number
      /** The item just finished, e.g. a photo's name. */
      readonly item?: string
      /** Seconds until the stage ends, from its own rate; absent until there is one. */
      readonly secondsLeft?: number
    }
  | { readonly type: 'stage-end'; readonly stage: string; readonly seconds: number; readonly summary?: string }
  | { readonly type: 'warning'; readonly stage: string; readonly message: string; readonly item?: string }

/** Receives events; must not throw. */
export type OnEvent = (event: ActionEvent) => void

/** Counts one stage's items and emits its events, with the time left from the rate so far. Times come from `now` (ms). */
export class StageProgress {
  readonly #stage: string
  readonly #total: number
  readonly #emit: OnEvent | undefined
  readonly #now: () => number
  readonly #started: number
  #done = 0
  #fresh = 0

  constructor(
    stage: string,
    options: { total: number; unit: string; reused?: number; onEvent?: OnEvent | undefined; now?: () => number },
  ) {
    this.#stage = stage
    this.#total = options.total
    this.#emit = options.onEvent
    this.#now = options.now ?? (() => performance.now())
    this.#started = this.#now()
    this.#done = options.reused ?? 0
    this.#emit?.({ type: 'stage-start', stage, total: options.total, reused: this.#done, unit: options.unit })
  }

  /** One more item is finished. */
  advance(item?: string): void {
    this.#done++
    this.#fresh++
    const perItem = (this.#now() - this.#started) / 1000 / this.#fresh
    const secondsLeft = Math.max(0, perItem * (this.#total - this.#done))
    this.#emit?.({
      type: 'progress',
      stage: this.#stage,
      done: this.#done,
      total: this.#total,
      secondsLeft,
      ...(item === undefined ? {} : { item }),
    })
  }

  warn(message: string, item?: string): void {
    this.#emit?.({ type: 'warning', stage: this.#stage, message, ...(item === undefined ? {} : { item }) })
  }

  /** Ends the stage; returns its duration in seconds. */
  end(summary?: string): number {
    const seconds = (this.#now() - this.#started) / 1000
    this.#emit?.({
      type: 'stage-end',
      stage: this.#stage,
      seconds,
      ...(summary === undefined ? {} : { summary }),
    })
    return seconds
  }
}
