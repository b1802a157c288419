/** What makes a server the n-th of a cluster whose servers listen for each other on these ports of this machine. */
export function clusterLines(n: number, routes: readonly number[]): readonly string[] {
  const all = routes.map((port) => `"nats://127.0.0.1:${port}"`).join(', ')
  return [
    `server_name: nats-${n + 1}`,
    `cluster { name: carillon, listen: "127.0.0.1:${routes[n]}", routes: [${all}] }`,
  ]
}
