/** Where a server of this run is (test/setup/servers.ts). */
export function address(name: 'DATABASE_URL' | 'REDIS_URL' | 'NATS_URL'): string {
  const url = process.env[name]
  if (!url) throw new Error(`${name} is not set: the servers of the test run are not there`)
  return url
}
