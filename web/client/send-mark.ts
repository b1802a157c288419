import type { Connection } from './connection.ts'
import {
  archiveMutation,
  markAllReadMutation,
  markReadMutation,
  markUnreadMutation,
  unarchiveMutation,
} from './generated/operations.ts'
import { problemsError } from './inbox-error.ts'
import type { Mark } from './mark.ts'

const mutations = {
  read: markReadMutation,
  unread: markUnreadMutation,
  archived: archiveMutation,
  unarchived: unarchiveMutation,
}

/** Resolves when the server has done it. To send it again changes nothing. */
export async function sendMark(connection: Connection, { kind, ids, at }: Mark): Promise<void> {
  if (kind === 'allRead') {
    await connection.ask(markAllReadMutation, { before: at })
    return
  }
  const { marked } = await connection.ask(mutations[kind], { ids: [...ids] })
  if (marked.__typename === 'InvalidInput') throw problemsError('BAD_INPUT', marked.fields)
}
