import { UndefinedVariableError } from 'liquidjs'
import type { Channel } from '../domain/words.ts'

/** A text that parsed and could not be rendered for a recipient: mostly a variable that her data does not have. */
export class RenderError extends Error {
  override readonly name = 'RenderError'
  readonly channel: Channel
  /** The undefined variable: "order.total". */
  readonly variable: string | undefined

  constructor(channel: Channel, message: string, cause?: unknown) {
    super(`${channel}: ${message}`, { cause })
    this.channel = channel
    this.variable = undefinedVariable(cause)
  }
}

function undefinedVariable(cause: unknown): string | undefined {
  if (!(cause instanceof UndefinedVariableError)) return undefined
  const origin: unknown = cause.originalError
  if (typeof origin !== 'object' || origin === null || !('variableName' in origin)) return undefined
  return String(origin.variableName)
}
