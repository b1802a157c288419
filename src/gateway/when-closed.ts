import type { ServerResponse } from 'node:http'

/** Its client may have left before anybody listened. */
export function whenClosed(response: ServerResponse, then: () => void): void {
  if (response.destroyed) then()
  else response.on('close', then)
}
