/** What was found about one thing that Carillon depends on. */
export interface Diagnosis {
  /** What was looked at: "PostgreSQL". */
  readonly subject: string
  readonly state: 'ok' | 'warning' | 'problem'
  /** What is the case. Never holds a secret. */
  readonly found: string
  /** What to do about it. */
  readonly mend?: string
}

export function ok(subject: string, found: string): Diagnosis {
  return { subject, state: 'ok', found }
}

/** It works, less well than it should or not for ever. */
export function warning(subject: string, found: string, mend: string): Diagnosis {
  return { subject, state: 'warning', found, mend }
}

/** Something does not work. */
export function problem(subject: string, found: string, mend: string): Diagnosis {
  return { subject, state: 'problem', found, mend }
}
