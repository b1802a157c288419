/** What the bulk process beside this one says of itself. */

/** What it waits for; itself, where it does not answer. */
export async function bulkNotReady(healthPort: number): Promise<readonly string[]> {
  const ready = await fetch(`http://127.0.0.1:${healthPort}/readyz`, { signal: AbortSignal.timeout(1000) }).then(
    ({ ok }) => ok,
    () => false,
  )
  return ready ? [] : ['bulk']
}

/** Its metrics, as prom-client adds them up; none where it does not answer. */
export async function bulkMetrics(healthPort: number): Promise<readonly object[]> {
  const answer = await fetch(`http://127.0.0.1:${healthPort}/metrics.json`, {
    signal: AbortSignal.timeout(1000),
  }).catch(() => undefined)
  const metrics: unknown = answer?.ok ? await answer.json() : []
  return Array.isArray(metrics) ? metrics : []
}
