/** A GraphQL operation as it is sent, with the types of its variables and of its answer. */
export interface Operation<Data, Variables> {
  readonly query: string
  /** Never there: it only tells the compiler. */
  readonly types?: (variables: Variables) => Data
}
