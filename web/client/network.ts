interface NetworkListeners {
  readonly onOnline: () => void
  readonly onOffline: () => void
}

/** Tells what a browser knows of its network. Elsewhere nobody knows anything. */
export function watchNetwork({ onOnline, onOffline }: NetworkListeners): () => void {
  const watching = new AbortController()
  if ('addEventListener' in globalThis) {
    globalThis.addEventListener('online', onOnline, { signal: watching.signal })
    globalThis.addEventListener('offline', onOffline, { signal: watching.signal })
  }
  return () => watching.abort()
}
