/**
 * In SQL, for a WHERE on `slice`: those of a notification, whose id a parameter (`$1`) gives. The ids of its slices begin as
 * its own does; said so, PostgreSQL looks into the part of that month alone. Characters that every collation puts in the
 * order of ASCII, on purpose.
 */
export function slicesOf(parameter: string): string {
  const id = `${parameter}::text`
  return `notification_id = ${id} AND slice.id >= 'slc_' || substr(${id}, 5)
    AND slice.id < 'slc_' || substr(${id}, 5, 16) || 'zzzzzzzzzzz'`
}
