import type { Connection } from './connection.ts'
import {
  type PreferencesFieldsFragment,
  preferencesQuery,
  type UpdatePreferencesInput,
  updatePreferencesMutation,
} from './generated/operations.ts'
import { InboxError, problemsError } from './inbox-error.ts'

/** How the user wants to be reached: what she has set, and the defaults for the rest. */
export type Preferences = PreferencesFieldsFragment

/** What is left out stays as it is. */
export type PreferencesChange = Omit<UpdatePreferencesInput, 'userId'>

export async function readPreferences(connection: Connection): Promise<Preferences> {
  return (await connection.ask(preferencesQuery, {})).viewer.preferences
}

export async function changePreferences(connection: Connection, change: PreferencesChange): Promise<Preferences> {
  const { updatePreferences: result } = await connection.ask(updatePreferencesMutation, { input: change })
  switch (result.__typename) {
    case 'Preferences':
      return result
    case 'InvalidInput':
      throw problemsError('BAD_INPUT', result.fields)
    case 'NotFound':
      throw new InboxError('REFUSED', result.message)
  }
}
