/** Begins to measure; the result says what was used since then. */
export function used() {
  const cpu = process.cpuUsage()
  const begun = performance.now()
  return () => {
    const { user, system } = process.cpuUsage(cpu)
    return {
      seconds: (performance.now() - begun) / 1000,
      cpuMicros: user + system,
      residentMiB: process.memoryUsage.rss() / 1024 ** 2,
    }
  }
}
