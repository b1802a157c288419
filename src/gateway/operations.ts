import {
  createSourceEventStream,
  type ExecutionResult,
  execute,
  type GraphQLError,
  type GraphQLSchema,
  OperationTypeNode,
} from 'graphql'
import type { Principal } from '../domain/principal.ts'
import { graphqlOperations } from '../metrics.ts'
import type { App, Context } from '../schema/context.ts'
import { InboxStream } from '../schema/inbox-stream.ts'
import type { RateLimit } from '../store/rate-limit.ts'
import { compiler } from './compiled.ts'
import { type KnownDocument, type KnownOperation, knownDocuments } from './known-documents.ts'
import { type LiveSubscription, liveSubscription } from './live-subscription.ts'
import { nestsDeeperThan } from './nesting.ts'
import { publicError } from './public-error.ts'
import { publicResult } from './public-result.ts'
import { spend } from './rate-limit.ts'
import { refusal } from './refusal.ts'
import { rootFields } from './root-fields.ts'
import type { Limits } from './settings.ts'
import { sharedTexts } from './shared-texts.ts'
import { signedInSubscription } from './signed-in-subscription.ts'
import { within } from './time-limit.ts'

export interface OperationRequest {
  readonly query: string
  readonly variables: Readonly<Record<string, unknown>>
  readonly operationName: string | undefined
}

/** Who asks, and how. */
export interface Asker {
  readonly principal: Principal
  readonly idempotencyKey: string | undefined
  /** False over GET. */
  readonly mayMutate: boolean
  /** Whether the credentials still hold. */
  readonly signedIn: () => Promise<boolean>
  /** Credentials have ended while a subscription ran. Without this the subscription ends with an error. */
  readonly onSignedOut?: () => void
}

export type OperationResult = ExecutionResult | AsyncIterableIterator<ExecutionResult> | LiveSubscription

/** The one way of every operation, whatever transport it comes over: the same limits, checks and errors. */
export interface Operations {
  /** Never rejects. `extensions.http` of errors is for transports to take out. */
  run(request: OperationRequest, asker: Asker): Promise<OperationResult>
  /** Queries and mutations that have no result yet. */
  running(): number
}

export interface OperationSettings {
  readonly app: App
  readonly schema: GraphQLSchema
  readonly rateLimit: RateLimit
  readonly limits: Limits
  readonly introspection: boolean
}

export function operations({ app, schema, rateLimit, limits, introspection }: OperationSettings): Operations {
  const documents = knownDocuments(schema, limits, introspection)
  const compile = compiler(schema)
  const textsOf = sharedTexts(schema)
  let running = 0

  async function run(request: OperationRequest, asker: Asker): Promise<OperationResult> {
    const observe = graphqlOperations.startTimer()
    const read = documents.read(request.query)
    if (!read.ok) {
      observe({ kind: 'unknown', outcome: 'refused' })
      return { errors: read.errors }
    }
    const operation = chosen(read.known, request.operationName)
    const kind = operation?.node.operation ?? 'unknown'
    const refused = operation ? await refusalOf(read.known, operation, request, asker) : noSuchOperation(request)
    if (refused || operation === undefined) {
      observe({ kind, outcome: 'refused' })
      return { errors: refused ? [refused] : [] }
    }
    operation.uses += 1
    const result = await perform(read.known, operation, request, asker)
    observe({ kind, outcome: outcomeOf(result) })
    return result
  }

  async function refusalOf(
    { document }: KnownDocument,
    { node }: KnownOperation,
    { variables }: OperationRequest,
    { principal, mayMutate }: Asker,
  ): Promise<GraphQLError | undefined> {
    if (nestsDeeperThan(variables, limits.variableDepth)) return tooDeep(limits.variableDepth)
    if (node.operation !== OperationTypeNode.MUTATION) return undefined
    if (!mayMutate) return mutationOverGet()
    const cost = rootFields(document, node, variables).size
    return spend(rateLimit, principal, cost, limits.viewerMutationsPerMinute)
  }

  async function perform(
    known: KnownDocument,
    operation: KnownOperation,
    request: OperationRequest,
    asker: Asker,
  ): Promise<OperationResult> {
    if (operation.node.operation === OperationTypeNode.SUBSCRIPTION) {
      return subscription(known, operation, request, asker)
    }
    running += 1
    try {
      const work = resolved(known, operation, request, asker).then(publicResult)
      return await within(limits.executionMs, work, () => ({ errors: [tookTooLong(limits.executionMs)] }))
    } finally {
      running -= 1
    }
  }

  async function subscription(
    known: KnownDocument,
    operation: KnownOperation,
    request: OperationRequest,
    asker: Asker,
  ): Promise<OperationResult> {
    const prepared = args(known, request, asker)
    const source = await createSourceEventStream(prepared).catch((error: unknown) => ({ errors: [publicError(error)] }))
    if (!(Symbol.asyncIterator in source)) return publicResult(source)

    const resultOf = (event: unknown): ExecutionResult | Promise<ExecutionResult> => {
      const byGraphql = () => execute({ ...prepared, rootValue: event })
      const result = compile(known.document, operation)?.(request.variables, prepared.contextValue, event)
      if (result instanceof Promise) return result.then((made) => (made.errors ? byGraphql() : made))
      return result && !result.errors ? result : byGraphql()
    }
    if (!(source instanceof InboxStream)) return signedInSubscription(asker, source, resultOf)
    const texts = textsOf(known, operation, request.variables)
    return liveSubscription(asker, source, resultOf, (event) =>
      texts(event, () => {
        const result = resultOf(event)
        return result instanceof Promise ? result.then(publicResult) : publicResult(result)
      }),
    )
  }

  async function resolved(
    known: KnownDocument,
    operation: KnownOperation,
    request: OperationRequest,
    asker: Asker,
  ): Promise<ExecutionResult> {
    if (operation.node.operation === OperationTypeNode.QUERY) {
      const { contextValue } = args(known, request, asker)
      const result = await compile(known.document, operation)?.(request.variables, contextValue)
      // What went wrong is told by graphql itself: reading once more is harmless, and its errors are the reference.
      if (result && !result.errors) return result
    }
    return execute(args(known, request, asker))
  }

  function args(
    { document }: KnownDocument,
    { variables, operationName }: OperationRequest,
    { principal, idempotencyKey }: Asker,
  ) {
    const contextValue: Context = { app, principal, idempotencyKey }
    return { schema, document, contextValue, variableValues: variables, operationName: operationName ?? null }
  }

  return { run, running: () => running }
}

function chosen({ operations }: KnownDocument, name: string | undefined): KnownOperation | undefined {
  if (name !== undefined) return operations.find(({ node }) => node.name?.value === name)
  return operations.length === 1 ? operations[0] : undefined
}

function outcomeOf(result: OperationResult): 'ok' | 'refused' | 'failed' {
  if (!('errors' in result) || result.errors === undefined) return 'ok'
  return result.errors.some(({ extensions }) => faults.has(String(extensions['code']))) ? 'failed' : 'refused'
}

const faults: ReadonlySet<string> = new Set(['INTERNAL', 'TIMEOUT'])

function noSuchOperation({ operationName }: OperationRequest): GraphQLError {
  const message =
    operationName === undefined
      ? 'The document has several operations: say which one by "operationName".'
      : `The document has no operation "${operationName}".`
  return refusal('BAD_USER_INPUT', message, { status: 400, spec: true })
}

function tooDeep(limit: number): GraphQLError {
  return refusal('BAD_USER_INPUT', `Variables have more than ${limit} lists and objects within each other.`, {
    status: 400,
  })
}

function mutationOverGet(): GraphQLError {
  return refusal('BAD_REQUEST', 'A mutation has to be sent by POST.', { status: 405, headers: { Allow: 'POST' } })
}

function tookTooLong(limitMs: number): GraphQLError {
  return refusal('TIMEOUT', `No result within ${limitMs} ms. What was begun may still come to its end.`, {
    status: 503,
  })
}
