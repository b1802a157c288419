const shape = /^dlv_([0-9A-Za-z]{26})~(?:push|email|sms|in_app)~(.+)$/s

export interface DeliveryNames {
  readonly deliveryId: string | null
  readonly notificationId: string | null
  readonly recipientId: string | null
}

/**
 * What a delivery id says about itself: `dlv_<ulid>~<channel>~<recipient>` belongs to notification `ntf_<ulid>`.
 * An id of another shape is kept as it came; only what it would have named is null.
 */
export function readDeliveryId(deliveryId: string | null): DeliveryNames {
  const found = deliveryId === null ? null : shape.exec(deliveryId)
  return {
    deliveryId,
    notificationId: found ? `ntf_${found[1]}` : null,
    recipientId: found?.[2] ?? null,
  }
}
