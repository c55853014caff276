// Property tests draw the same examples on every run: a red test is red again. FC_SEED=n npm test explores others.
import fc from 'fast-check'

fc.configureGlobal({ seed: Number(process.env.FC_SEED ?? 1) })
