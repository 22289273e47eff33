// One execution: what it is, how it stands, and what happened to it, from when it was accepted on.

import { getExact, post } from './api.js';
import { byId, element, fillFacts, once, parts, setAttribute, setText, show, showProblem } from './dom.js';
import { duration, moment, now, sentence } from './format.js';
import { model } from './model.js';
import { executionPath, toneOf, verbFor, wordFor } from './state.js';

const page = byId('execution');
const part = parts(page, 'x');
const ENDS = ['succeeded', 'failed', 'cancelled', 'dropped', 'returned'];

/** One that has not ended is read again at most so often, and at least so often while its page is seen, in milliseconds. */
const PAUSE = 1000;
const AGAIN = 5000;

/** What held it up, for each gate that the service names. */
const GATES = {
  slots: 'all slots of its job were taken',
  'service-slots': 'all slots of the service were taken',
  rate: 'rate limit',
  key: 'limit of its key',
  breaker: 'circuit breaker open',
  'worker-busy': 'its worker had too much to do',
  'missing-worker': 'no worker was there',
  'next-stage-full': 'the queue of the next stage was full',
  'previous-run': 'the run of the tick before it went on',
  suspect: 'another was tried alone after a crash',
  store: 'the store took no writes',
  paused: 'everything was paused',
  stopped: 'its job was stopped',
};

let id = null;
let execution = null;
let readAt = 0;
let foundAt = 0;
let isReading = false;
let timelineText = '';

/** Shows this execution from now on; null for none. */
export function showExecution(wanted) {
  id = wanted;
  execution = null;
  timelineText = '';
  if (id === null) {
    return;
  }
  setText(part.id, id);
  showProblem(part.problem, null);
  render();
  read();
}

/** Reads it again if it may have changed. */
function changed() {
  if (id !== null && !document.hidden && !ENDS.includes(execution?.state) && Date.now() - readAt > PAUSE) {
    read();
  }
}

model.onJob((name) => name === execution?.job && changed());
model.onBack(() => changed());
setInterval(() => Date.now() - readAt > AGAIN && model.connection.state === 'live' && changed(), PAUSE);
document.addEventListener('visibilitychange', changed);

async function read() {
  if (isReading) {
    return;
  }
  isReading = true;
  readAt = Date.now();
  const asked = id;
  try {
    const found = await getExact(executionPath(asked), 'payload', 'result');
    if (asked === id) {
      execution = found;
      foundAt = now();
      showProblem(part.problem, null);
      model.select(found.job);
      render();
    }
  } catch (problem) {
    if (asked === id) {
      if (problem.status === 404) {
        execution = null;
        readAt = Infinity; // it is gone for good
        model.followAny(); // its job is not known
      }
      showProblem(part.problem, problem.message);
      render();
    }
  } finally {
    isReading = false;
  }
  if (asked !== id && id !== null) {
    read();
  }
}

for (const verb of ['cancel', 'retry']) {
  part[verb].addEventListener('click', () => once(part[verb], () => act(verb)));
}

async function act(verb) {
  try {
    await post(`${executionPath(id)}/${verb}`);
    showProblem(part.problem, null);
    await read();
  } catch (problem) {
    showProblem(part.problem, problem.message);
  }
}

const pretty = (value) => (execution.isTooDeep ? 'Nested too deep to be shown here' : JSON.stringify(value, null, 2));

const time = (value) => value && element('time', { datetime: value, title: value }, moment(value));

const between = (from, to) => duration(Math.max(0, Date.parse(to) - Date.parse(from)));

const took = (one) => (one.startedAt && one.endedAt ? between(one.startedAt, one.endedAt) : undefined);

const jobLink = (name) => element('a', { href: `#/job/${encodeURIComponent(name)}` }, name);

const executionLink = (wanted) => element('a', { class: 'id', href: `#/execution/${encodeURIComponent(wanted)}` }, wanted);

/** Brings what passes with time up to date. */
export function renderExecution() {
  const isStale = execution !== null && model.connection.state === 'lost';
  show(part.stale, isStale);
  if (isStale) {
    setText(part.stale, `Disconnected. This is how it stood at ${moment(foundAt)}.`);
  }
  if (execution !== null && !ENDS.includes(execution.state)) {
    renderTimeline(execution);
  }
}

function render() {
  const one = execution;
  show(part.body, one !== null);
  show(part.crumb, one !== null);
  setText(part.state, one === null ? '' : wordFor(one.state));
  setAttribute(part.state, 'data-tone', toneOf(one?.state));
  setAttribute(byId('execution-head'), 'data-tone', toneOf(one?.state));
  setText(part.note, one === null || one.error ? '' : sentence(one.note ?? ''));
  const verb = one === null ? null : verbFor(one.state);
  show(part.cancel, verb === 'cancel');
  show(part.retry, verb === 'retry');
  show(part.progress, one?.progress !== undefined);
  part.progress.value = one?.progress ?? 0;
  if (one === null) {
    return;
  }
  setText(part.job, one.job);
  part.job.href = `#/job/${encodeURIComponent(one.job)}`;
  fillFacts(part.facts, [
    ['Job', jobLink(one.job)],
    ['Priority', one.priority],
    ['Attempts', String(one.attempt)],
    ['Worker', one.worker],
    ['Accepted', time(one.createdAt)],
    ['Due', one.state === 'waiting' ? time(one.dueAt) : undefined],
    ['Last attempt began', time(one.startedAt)],
    ['Ended', time(one.endedAt)],
    ['Last attempt took', took(one)],
    ['Not started after', time(one.expiresAt)],
    ['Durability', one.durability ?? 'full'],
  ]);
  text('error', one.error);
  text('payload', one.payload === undefined ? undefined : pretty(one.payload));
  text('result', one.result === undefined ? undefined : pretty(one.result));
  renderTimeline(one);
}

function text(name, value) {
  show(part[`${name}Box`], value !== undefined);
  setText(part[name], value ?? '');
}

/** Returns what happened, in the order of time: each with when it began, a tone, what it is, and more about it. */
function entries(one) {
  const all = [{ at: one.createdAt, tone: 'off', what: ['Accepted'] }];
  const failures = one.failures ?? [];
  if (one.dueAt && failures.length === 0 && Date.parse(one.dueAt) > Date.parse(one.createdAt)) {
    all.push({ at: one.dueAt, tone: 'off', what: [one.state === 'waiting' ? 'Due' : 'Delay over'] });
  }
  for (const { gate, from, millis } of one.holds ?? []) {
    all.push({ at: from, tone: 'warn', what: [`Held up for ${duration(millis)}: ${GATES[gate] ?? gate}`] });
  }
  for (const failure of failures) {
    all.push({
      at: failure.startedAt,
      tone: 'bad',
      what: [`Attempt ${failure.attempt} failed after ${took(failure)}`],
      more: failure.error,
      by: failure.worker,
    });
  }
  const isLatestToldOf = failures.some((failure) => failure.attempt === one.attempt);
  if (one.startedAt && one.attempt > 0 && !isLatestToldOf) {
    const isOver = one.endedAt !== undefined;
    const what = isOver ? `Attempt ${one.attempt} took ${took(one)}` : `Attempt ${one.attempt} began`;
    all.push({ at: one.startedAt, tone: isOver ? toneOf(one.state) : 'busy', what: [what], by: one.worker });
  }
  for (const { at, progress, note } of one.notes ?? []) {
    all.push({ at, tone: 'busy', what: [`${Math.round(progress * 100)} %`], more: note });
  }
  if (one.state === 'waiting' && one.dueAt && failures.length > 0) {
    all.push({ at: one.dueAt, tone: 'off', what: ['Next attempt'] });
  }
  for (const { job, id: next, queue } of one.handedTo ?? []) {
    const what = queue === undefined ? ['Result handed to ', jobLink(job), ' as ', executionLink(next)] : [`Result handed to queue ${queue}`];
    all.push({ at: one.endedAt ?? new Date(now()).toISOString(), tone: 'good', what });
  }
  if (one.endedAt) {
    all.push({ at: one.endedAt, tone: toneOf(one.state), what: [`${wordFor(one.state)}, ${between(one.createdAt, one.endedAt)} after it was accepted`] });
  }
  return all.map((entry, place) => ({ ...entry, place })).sort((a, b) => Date.parse(a.at) - Date.parse(b.at) || a.place - b.place);
}

/** Writes the time line anew where it is another one: so that who reads in it is not thrown out of it. */
function renderTimeline(one) {
  const all = entries(one);
  const fresh = JSON.stringify(all.map(({ at, what, more }) => [at, what.map((each) => each.textContent ?? each), more]));
  if (fresh === timelineText) {
    return;
  }
  timelineText = fresh;
  part.timeline.replaceChildren(
    ...all.map(({ at, tone, what, more, by }) => {
      const line = element('li', { 'data-tone': tone }, element('time', { datetime: at, title: at }, moment(at)), element('span', {}, ...what));
      if (by) {
        line.append(element('small', {}, by));
      }
      if (more) {
        line.append(element('p', {}, more));
      }
      return line;
    })
  );
}
