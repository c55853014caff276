/** One class taken for another, and how often. */
export interface Mistake {
  readonly truth: number
  readonly said: number
  readonly times: number
}

/** What is most often taken for what, the commonest first. `counts` is the confusion of n classes, row by true class. */
export const commonestMistakes = (counts: ArrayLike<number>, n: number, most: number): Mistake[] =>
  Array.from(counts, (times, i) => ({ times, truth: Math.floor(i / n), said: i % n }))
    .filter(({ times, truth, said }) => times > 0 && truth !== said)
    .sort((a, b) => b.times - a.times)
    .slice(0, most)
