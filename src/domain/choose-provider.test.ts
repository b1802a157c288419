import { describe, expect, it } from 'vitest'
import { type Choice, chooseProvider } from './choose-provider.ts'

const chosen = (change: Partial<Choice> = {}) =>
  chooseProvider({
    order: ['sendgrid', 'ses', 'smtp'],
    refused: [],
    isUsable: () => true,
    warmShare: 0.01,
    random: 0.5,
    ...change,
  })

describe('the provider to call', () => {
  it('is the first one, with the others to fail over to', () => {
    expect(chosen()).toEqual({ provider: 'sendgrid', others: ['ses', 'smtp'] })
  })

  it('is now and then the second one, so that it stays warm', () => {
    expect(chosen({ random: 0.009 })).toEqual({ provider: 'ses', others: ['sendgrid', 'smtp'] })
    expect(chosen({ random: 0, warmShare: 0 })?.provider).toBe('sendgrid')
  })

  it('is the next one while the breaker of the first is open', () => {
    expect(chosen({ isUsable: (each) => each !== 'sendgrid' })).toEqual({
      provider: 'ses',
      others: ['sendgrid', 'smtp'],
    })
  })

  it('is none that has refused, while another has not', () => {
    expect(chosen({ refused: ['sendgrid'], random: 0 })).toEqual({ provider: 'ses', others: ['smtp'] })
    expect(chosen({ refused: ['ses', 'sendgrid'] })).toEqual({ provider: 'smtp', others: [] })
  })

  it('is the first one again when all have refused', () => {
    expect(chosen({ refused: ['sendgrid', 'ses', 'smtp'] })).toEqual({ provider: 'sendgrid', others: [] })
  })

  it('is the one that would be first where none takes calls', () => {
    expect(chosen({ isUsable: () => false })).toEqual({ provider: 'sendgrid', others: ['ses', 'smtp'] })
  })

  it('is none where the channel has none', () => {
    expect(chosen({ order: [] })).toBeUndefined()
  })
})
