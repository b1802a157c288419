/** Fetches a small text. Rejects for any answer but 200, for a redirect, and when it takes longer than five seconds. */
export type FetchText = (url: URL) => Promise<string>

const timeoutMs = 5000
const mostBytes = 64 * 1024

export const fetchText: FetchText = async (url) => {
  const response = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(timeoutMs) })
  if (response.status !== 200 || response.body === null) throw new Error(`${url.host} answered ${response.status}`)
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of response.body) {
    bytes += chunk.length
    if (bytes > mostBytes) throw new Error(`${url.host} answered with more than ${mostBytes} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}
