/** The words of ARCHITECTURE.md as values: the same in the API, in streams and in the stores. */

export const tiers = ['TRANSACTIONAL', 'SOCIAL', 'MARKETING'] as const
export type Tier = (typeof tiers)[number]

export const channels = ['IN_APP', 'PUSH', 'EMAIL', 'SMS'] as const
export type Channel = (typeof channels)[number]

/** The channels that go through a provider. */
export const providerChannels = ['PUSH', 'EMAIL', 'SMS'] as const
export type ProviderChannel = (typeof providerChannels)[number]

export const platforms = ['IOS', 'ANDROID', 'WEB'] as const
export type Platform = (typeof platforms)[number]

export const pushEnvironments = ['PRODUCTION', 'DEVELOPMENT'] as const
export type PushEnvironment = (typeof pushEnvironments)[number]

export const routings = ['EVERY', 'FIRST'] as const
export type Routing = (typeof routings)[number]

export const weekdays = ['MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY', 'SATURDAY', 'SUNDAY'] as const
export type Weekday = (typeof weekdays)[number]

export const notificationStates = ['SCHEDULED', 'ACCEPTED', 'FANNING_OUT', 'DELIVERING', 'DONE', 'CANCELLED'] as const
export type NotificationState = (typeof notificationStates)[number]

export const campaignStates = ['DRAFT', 'SCHEDULED', 'RUNNING', 'PAUSED', 'DONE', 'CANCELLED'] as const
export type CampaignState = (typeof campaignStates)[number]

export const deliveryStates = [
  'PENDING',
  'DEFERRED',
  'SENT',
  'DELIVERED',
  'UNKNOWN',
  'SUPPRESSED',
  'FAILED',
  'EXPIRED',
  'CANCELLED',
] as const
export type DeliveryState = (typeof deliveryStates)[number]

/** In the order of preference that holds where none is given. */
export const emailProviders = ['sendgrid', 'ses', 'smtp'] as const
export type EmailProvider = (typeof emailProviders)[number]

/** Likewise. */
export const smsProviders = ['twilio', 'vonage'] as const
export type SmsProvider = (typeof smsProviders)[number]

export const providerNames = ['apns', 'fcm', ...emailProviders, ...smsProviders] as const
export type ProviderName = (typeof providerNames)[number]
