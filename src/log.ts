import pino from 'pino'

/**
 * The one logger. Lines carry ids (notificationId, deliveryId, sliceId), never addresses, tokens or content:
 * user ids are the caller's opaque ones.
 */
export const log = pino({
  level: process.env['LOG_LEVEL'] ?? 'info',
  base: { role: process.env['CARILLON_ROLE'] ?? 'carillon' },
  timestamp: pino.stdTimeFunctions.isoTime,
  redact: ['*.token', '*.email', '*.phone', '*.authorization', '*.apiKey'],
})
