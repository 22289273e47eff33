// How jobs and executions stand, in words and in tones: good, busy, warn, bad, off.

import { ago, now } from './format.js';

export const depthOf = (job) => Object.values(job.queue.queued).reduce((sum, count) => sum + count, 0);

/** Says how long what is due has waited to be begun; nothing where that is not worth a word. */
export function waitOf(job) {
  const since = job.queue.oldestQueuedAt;
  return since !== null && now() - Date.parse(since) >= 1000 ? `oldest ${ago(since)}` : '';
}

/** How a job stands, in one word; and how much it matters to who looks. */
export function stateOf(job) {
  if (!job.isRunning) {
    return job.inFlight > 0
      ? { word: 'draining', tone: 'busy' }
      : { word: job.isClosed ? 'completed' : 'stopped', tone: 'off' };
  }
  const kept = depthOf(job) + job.queue.delayed;
  const breaker = job.policies.breaker?.state ?? 'closed';
  if (/everything was paused/.test(job.why)) {
    return { word: 'paused', tone: 'warn' };
  } else if (kept >= job.queue.capacity) {
    return { word: 'full', tone: 'warn' };
  } else if (breaker !== 'closed') {
    return { word: `breaker ${breaker}`, tone: 'warn' };
  } else if (/^waiting for|^blocked/.test(job.why) || kept >= 0.8 * job.queue.capacity) {
    return { word: 'held up', tone: 'warn' };
  }
  return { word: job.isClosed ? 'closing' : 'running', tone: 'good' };
}

/** Returns the word for a state that people read. */
export const wordFor = (executionState) => (executionState === 'waiting' ? 'delayed' : executionState);

const TONES = { succeeded: 'good', failed: 'bad', running: 'busy', queued: 'off', waiting: 'off', cancelled: 'off', dropped: 'warn', returned: 'off' };

export const toneOf = (state) => TONES[state] ?? 'off';

/** Returns what can be done with an execution in this state; null for nothing. */
export function verbFor(executionState) {
  return executionState === 'failed' ? 'retry' : ['running', 'queued', 'waiting'].includes(executionState) ? 'cancel' : null;
}

/** Returns the path of an execution. */
export const executionPath = (id) => `/api/executions/${encodeURIComponent(id)}`;
