import { EpipoleError } from '@epipole/core'

/** What training may use up; it ends at the first that is. */
export interface Budgets {
  readonly epochs?: number
  readonly steps?: number
  /** Of training and its validations, over all runs; the last validation comes on top. */
  readonly seconds?: number
}

/** What training has used up so far; epochs may be fractions. */
export type Used = Required<Budgets>

/** Which budget is used up, if one is. */
export function usedUp(budgets: Budgets, used: Used): keyof Budgets | undefined {
  return NAMES.find((name) => budgets[name] !== undefined && used[name] >= (budgets[name] as number))
}

/** The part of the budget that is used, 0 … 1: that of the one which ends first. */
export function usedPart(budgets: Budgets, used: Used): number {
  const parts = NAMES.flatMap((name) => {
    const budget = budgets[name]
    return budget === undefined ? [] : [budget > 0 ? used[name] / budget : 1]
  })
  return Math.min(1, Math.max(...parts))
}

/** Throws `usage` where training would have no end. */
export function checkBudgets(budgets: Budgets): void {
  if (NAMES.every((name) => budgets[name] === undefined))
    throw new EpipoleError('usage', 'Training without an end: give epochs, steps or seconds.')
  for (const name of NAMES) {
    const budget = budgets[name]
    if (budget !== undefined && !(budget >= 0))
      throw new EpipoleError('usage', `A budget of ${budget} ${name}: give a number from 0.`, { [name]: budget })
  }
}

const NAMES = ['epochs', 'steps', 'seconds'] as const
