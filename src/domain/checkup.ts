import type { ClockReading } from './clock-skew.ts'
import type { Diagnosis } from './diagnosis.ts'

/** What looking at one thing has brought. */
export interface Checkup {
  readonly diagnoses: readonly Diagnosis[]
  readonly clocks?: readonly ClockReading[]
}
