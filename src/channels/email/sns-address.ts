/**
 * Which addresses of Amazon SNS may be fetched, of those that somebody sends us: fetching any other would let whoever
 * posts to us choose whom we trust, or have us call servers inside our own network.
 */
export type IsSnsAddress = (url: URL) => boolean

const amazonHost = /^sns\.[a-z0-9-]+\.amazonaws\.com(\.cn)?$/

/** Amazon's own, over TLS. */
export const isAmazonSns: IsSnsAddress = ({ protocol, hostname, port, username, password }) =>
  protocol === 'https:' && port === '' && username === '' && password === '' && amazonHost.test(hostname)

/** The sandbox's stand-in for SNS, by the address of its certificate. */
export function isStandIn(certificateUrl: string): IsSnsAddress {
  const { origin } = new URL(certificateUrl)
  return (url) => url.origin === origin && url.pathname.startsWith('/sns/')
}
