/** Something the person who started Carillon can put right: the message is a sentence for them, without a stack. */
export class LocalFailure extends Error {
  override readonly name = 'LocalFailure'
}
