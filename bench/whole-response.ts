/** Whether an answer over HTTP/1.1 has come to its end. */
export function isWhole(response: string): boolean {
  const head = response.indexOf('\r\n\r\n')
  if (head < 0) return false
  const length = /\r\ncontent-length: *(\d+)/i.exec(response.slice(0, head))?.[1]
  return length === undefined ? response.endsWith('0\r\n\r\n') : response.length >= head + 4 + Number(length)
}
