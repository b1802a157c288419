/** What a gateway has used so far, as it counts it itself. */
export async function cpuSeconds(base: string): Promise<number> {
  const text = await (await fetch(`${base}/metrics`)).text()
  return Number(/^carillon_process_cpu_seconds_total (\S+)/m.exec(text)?.[1])
}
