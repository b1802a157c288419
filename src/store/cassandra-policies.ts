import { policies } from 'cassandra-driver'

/** How long a replica may take before another one is asked, too. */
const askAnotherAfterMs = 50

/** Everything that is written here may be written again: one more try after a timeout, on another node. */
export function cassandraRetries(): policies.retry.RetryPolicy {
  return new RetryOnce()
}

class RetryOnce extends policies.retry.RetryPolicy {
  override onWriteTimeout(info: policies.retry.OperationInfo): policies.retry.DecisionInfo {
    return info.nbRetry === 0 ? again(this) : this.rethrowResult()
  }

  override onReadTimeout(info: policies.retry.OperationInfo): policies.retry.DecisionInfo {
    return info.nbRetry === 0 ? again(this) : this.rethrowResult()
  }
}

function again(policy: policies.retry.RetryPolicy): policies.retry.DecisionInfo {
  return Reflect.apply(policy.retryResult, policy, [undefined, false])
}

const once = new policies.speculativeExecution.ConstantSpeculativeExecutionPolicy(askAnotherAfterMs, 1)
const never = new policies.speculativeExecution.NoSpeculativeExecutionPolicy()

/** Reads do not wait for one slow node. Writes do: another one would have the same work, and only more of it. */
export const speculateOnReads: policies.speculativeExecution.SpeculativeExecutionPolicy = {
  getOptions: () => once.getOptions(),
  init: (client) => once.init(client),
  shutdown: () => once.shutdown(),
  newPlan: (keyspace, query) =>
    (typeof query === 'string' && query.startsWith('SELECT') ? once : never).newPlan(keyspace, query),
}
