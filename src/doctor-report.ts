import type { Diagnosis } from './domain/diagnosis.ts'

/** One line for each, with what to mend below it, and a last one that sums up. */
export function reportLines(diagnoses: readonly Diagnosis[]): readonly string[] {
  const count = (state: Diagnosis['state']) => diagnoses.filter((each) => each.state === state).length
  const [problems, warnings] = [count('problem'), count('warning')]
  const lines = diagnoses.flatMap(({ state, subject, found, mend }) => [
    `${state.padEnd(8)} ${subject}: ${found}`,
    ...(mend === undefined ? [] : [`${' '.repeat(8)}   → ${mend}`]),
  ])
  return [
    ...lines,
    '',
    problems + warnings === 0 ? 'All is well.' : `${plural(problems, 'problem')}, ${plural(warnings, 'warning')}.`,
  ]
}

function plural(count: number, word: string): string {
  return count === 1 ? `1 ${word}` : `${count} ${word}s`
}
