// One job: how it stands and why, its charts, its executions, and what can be done with it.

import { get, jobPath, post } from './api.js';
import { drawMeter, drawSpark, makeCharts, PRIORITIES } from './charts.js';
import { askForLimits, askForSubmission, confirm } from './dialogs.js';
import { byId, element, fillFacts, fromTemplate, once, parts, say, setAttribute, setText, show, showProblem } from './dom.js';
import { changed, renderExecutions, showExecutionsOf } from './executions.js';
import { capital, duration, moment, number, plural, rate, sentence, short, until } from './format.js';
import { model } from './model.js';
import { renderSeriesNote, series } from './series.js';
import { depthOf, stateOf, waitOf } from './state.js';

const facts = parts(byId('job'), 'fact');
const charts = makeCharts('job');
const actions = {};
for (const button of byId('job').querySelectorAll('[data-act]')) {
  actions[button.dataset.act] = button;
  button.addEventListener('click', () => once(button, () => act(button.dataset.act)));
}

let job = null;

/** What could not be read is tried again after so many milliseconds. */
const AGAIN = 5000;

let state = '';

/** Shows this job from now on, and its executions that stand so; null for none. */
export function showJob(name, executions = '') {
  job = name;
  state = executions;
  if (name === null) {
    model.select(null);
    showExecutionsOf(null);
    return;
  }
  setText(byId('job-name'), name);
  showProblem(byId('job-problem'), null);
  show(byId('job-body'), false);
  show(byId('job-actions'), false);
  setText(byId('job-state'), '');
  setText(byId('job-why'), '');
  read(name);
}

async function read(name) {
  try {
    const view = await get(jobPath(name));
    if (job === name) {
      model.select(name);
      model.jobs.set(name, view);
      showProblem(byId('job-problem'), null);
      show(byId('job-body'), true);
      show(byId('job-actions'), true);
      showExecutionsOf(name, state);
      model.changed();
    }
  } catch (problem) {
    if (job === name) {
      showProblem(byId('job-problem'), problem.message);
      if (problem.status === 404) {
        model.select(null);
      } else {
        setTimeout(() => job === name && read(name), AGAIN);
      }
    }
  }
}

model.onBack((isGone) => {
  if (isGone && job !== null) {
    showJob(job, state);
  } else {
    changed();
  }
});

model.onJob((name, executions) => {
  if (name === job && !byId('job-body').hidden) {
    changed(executions);
  }
});

async function act(what) {
  byId('job-more').open = false;
  showProblem(byId('job-problem'), null);
  try {
    await ACTIONS[what](job);
  } catch (problem) {
    showProblem(byId('job-problem'), problem.message);
  }
}

async function told(path) {
  say(sentence((await post(path)).message));
}

function goneText({ counters }) {
  const gone = counters.deadLettersLost;
  return gone === 0 ? '' : ` ${plural(gone, 'other that failed is gone', 'others that failed are gone')}: so many are not kept.`;
}

/** Asks how many are meant, says so, and does it when that is confirmed. */
async function counted(name, verb, ask) {
  const path = jobPath(name, `/${verb}`);
  const { matched } = await post(`${path}?dryRun=true`);
  const { title, text, button, done, isDanger } = ask(matched);
  confirm(
    title,
    text,
    button,
    matched === 0
      ? null
      : async () => {
          const { changed: count } = await post(path);
          say(done(count));
        },
    isDanger
  );
}

const ACTIONS = {
  submit: (name) => askForSubmission(name),
  limits: (name) => askForLimits(model.jobs.get(name)),
  start: (name) => told(jobPath(name, '/start')),
  stop: (name) => told(jobPath(name, '/stop')),
  drain: (name) => told(jobPath(name, '/stop?mode=drain&wait=0')),
  complete: (name) => told(jobPath(name, '/complete')),
  now: (name) =>
    confirm(
      `Stop ${name} now`,
      `${capital(plural(model.jobs.get(name).inFlight, 'execution', 'executions'))} in flight will be told to end, and will be cancelled.`,
      'Stop it now',
      () => told(jobPath(name, '/stop?mode=now'))
    ),
  'retry-failed': (name) =>
    counted(name, 'retry-failed', (count) => ({
      title: `Retry what failed in ${name}`,
      text:
        (count === 0
          ? 'Nothing failed that could be retried.'
          : `${plural(count, 'execution', 'executions')} failed and can be retried. Those for which the queue has room are queued again.`)
        + goneText(model.jobs.get(name)),
      button: `Retry ${number(count)}`,
      done: (changedCount) => `${plural(changedCount, 'execution is', 'executions are')} queued again.`,
      isDanger: false,
    })),
  purge: (name) =>
    counted(name, 'purge', (count) => ({
      title: `Purge the queue of ${name}`,
      text:
        count === 0
          ? 'Nothing is queued or delayed.'
          : `${plural(count, 'execution that is', 'executions that are')} queued or delayed will be cancelled. This cannot be undone.`,
      button: `Cancel ${number(count)}`,
      done: (changedCount) => `${plural(changedCount, 'execution is', 'executions are')} cancelled.`,
      isDanger: true,
    })),
};

// A menu closes when the focus or a click goes elsewhere, or on Escape.
const menu = byId('job-more');
menu.addEventListener('focusout', (event) => {
  if (event.relatedTarget !== null && !menu.contains(event.relatedTarget)) {
    menu.open = false;
  }
});
document.addEventListener('click', (event) => {
  if (!menu.contains(event.target)) {
    menu.open = false;
  }
});
menu.addEventListener('keydown', (event) => {
  if (event.key === 'Escape' && menu.open) {
    menu.open = false;
    menu.querySelector('summary').focus();
  }
});

export function renderJob() {
  const view = model.jobs.get(job);
  if (view === undefined || byId('job-body').hidden) {
    return;
  }
  const state = stateOf(view);
  setAttribute(byId('job-head'), 'data-tone', state.tone);
  setText(byId('job-state'), state.word);
  setAttribute(byId('job-state'), 'data-tone', state.tone);
  setText(byId('job-why'), `${capital(sentence(view.why))}.`);
  show(actions.start, !view.isRunning || view.isClosed);
  show(actions.stop, view.isRunning);
  renderFacts(view);
  watchBroker(view);
  const lines = series.of(job);
  charts.update(lines);
  renderSeriesNote(byId('job-note'), lines);
  renderFailures(lines?.failures ?? []);
  renderExecutions(view);
}

/** What is shown of failures: drawn anew when there are others. */
let failuresShown = null;

/** Shows what failed lately, by the kind of the error. */
function renderFailures(failures) {
  show(byId('failures-section'), failures.length > 0);
  if (failures === failuresShown) {
    return;
  }
  failuresShown = failures;
  byId('failures').replaceChildren(
    ...failures.map(({ kind, error, count, perHour, firstSeen, lastSeen }) => {
      const row = fromTemplate('failure-row');
      setText(row.kind, kind);
      setAttribute(row.kind, 'title', error);
      setText(row.count, number(count));
      drawSpark(row.spark, perHour, perHour.length);
      setText(row.first, moment(firstSeen));
      setText(row.last, moment(lastSeen));
      return row.root;
    })
  );
}

/** How often it is asked for what others change at a broker, in milliseconds. */
const LOOK_AT_BROKER = 5000;

let brokerTimer = null;

/** What other processes do at a broker is no event here: it is asked for as long as the page shows it. */
function watchBroker({ name, queue }) {
  if (!queue.broker || brokerTimer !== null) {
    return;
  }
  brokerTimer = setTimeout(async () => {
    brokerTimer = null;
    try {
      const fresh = await get(jobPath(name));
      if (name === job && model.jobs.has(name)) {
        model.jobs.set(name, fresh);
      }
    } catch {
      // the connection says so
    }
    renderJob();
  }, LOOK_AT_BROKER);
}

function renderFacts(view) {
  const { queue, counters } = view;
  setText(facts.depth, short(depthOf(view)));
  setText(facts.capacity, queue.delayed > 0 ? `and ${short(queue.delayed)} delayed, of ${short(queue.capacity)}` : `of ${short(queue.capacity)}`);
  setText(facts.oldest, waitOf(view));
  drawMeter(facts.meter, queue);
  const legend = [...PRIORITIES.map((name) => [name, queue.queued[name]]), ['delayed', queue.delayed]];
  if (facts.legend.children.length === 0) {
    facts.legend.append(...legend.map(([name]) => element('li', { class: name })));
  }
  legend.forEach(([name, count], i) => setText(facts.legend.children[i], `${name} ${short(count)}`));
  setText(facts.inFlight, short(view.inFlight));
  setText(facts.concurrency, `of ${short(view.concurrency)} at once`);
  setText(facts.rate, rate(series.of(view.name)?.rate ?? model.rateOf(view.name)));
  setText(facts.succeeded, `${short(counters.succeeded)} so far`);
  setText(facts.failed, short(view.deadLetters));
  setAttribute(facts.failed.closest('[data-tile]'), 'data-tone', view.deadLetters > 0 ? 'bad' : '');
  setText(facts.ended, [counters.deadLettersLost && `${short(counters.deadLettersLost)} gone`, counters.cancelled && `${short(counters.cancelled)} cancelled`, counters.dropped && `${short(counters.dropped)} dropped`].filter(Boolean).join(', '));
  setText(facts.nextTick, view.nextTick ? until(view.nextTick) : '–');
  setText(facts.schedule, view.schedule ?? 'no timer');
  renderPolicies(view);
}

let policiesText = '';

function renderPolicies(view) {
  const { queue, counters, policies } = view;
  const next = element('span', {});
  view.next.forEach((name, i) => next.append(i > 0 ? ', ' : '', element('a', { href: `#/job/${encodeURIComponent(name)}` }, name)));
  const rows = [
    ['Worker', workerText(view.worker)],
    ['When the queue is full', queue.whenFull],
    ['Producers waiting for room', queue.waitingProducers > 0 ? number(queue.waitingProducers) : null],
    ['An attempt may take', duration(view.timeoutMillis)],
    ['Attempts', policies.attempts > 1 ? `up to ${number(policies.attempts)}` : 'one'],
    ['Then', policies.hasFallback ? 'another worker takes over' : null],
    ['Not started after', policies.expiresMillis && duration(policies.expiresMillis)],
    ['May start', rateText(policies.rateLimit)],
    ['Key in the payload', policies.key],
    ['Of one key may start', rateText(policies.rateLimitByKey)],
    ['Of one key at once', policies.concurrencyByKey > 0 ? number(policies.concurrencyByKey) : null],
    ['Circuit breaker', breakerText(policies.breaker)],
    ['Durability', view.durability],
    ['Results go to', view.next.length > 0 ? next : null],
    ['Results go to the queue', resultsText(view.results)],
    ...brokerRows(queue.broker),
    ['Last began', view.lastExecutionTime && moment(view.lastExecutionTime)],
    ['Attempts begun', number(view.executionCount)],
    ...Object.entries(counters).map(([name, count]) => [COUNTERS[name] ?? capital(name), number(count)]),
  ];
  const text = rows.map(([name, value]) => `${name}${value?.textContent ?? value}`).join();
  if (text !== policiesText) {
    policiesText = text;
    fillFacts(byId('policies'), rows);
  }
}

/** A Java class has to be on the class path, and how it gets there is said where one looks for it. */
function workerText(worker) {
  return worker?.startsWith('class ')
    ? element('span', {}, `Java ${worker}, from the class path: `, element('code', {}, 'java -cp latido.jar:my-workers.jar dev.latido.Main'))
    : worker;
}

const resultsText = (results) =>
  results && `${results.queue}, ${number(results.published)} submitted here${results.problem ? `; ${number(results.waiting)} wait: ${results.problem}` : ''}`;

/** What a broker has of a job, over all processes, and which process has how much of it. */
function brokerRows(broker) {
  if (!broker) {
    return [];
  }
  const { depth } = broker;
  const sum = (what) => depth.lanes.reduce((all, lane) => all + lane[what], 0);
  const holders = depth?.holders.map(({ process, messages }) =>
    `${process === broker.process ? 'this process' : process}: ${number(messages)}`);
  return [
    ['Queue at', `${broker.queue} (${broker.type}), group ${broker.group}`],
    ['Broker', broker.problem ?? 'connected'],
    ['Ready there', depth && depth.lanes.map((lane) => `${lane.priority} ${number(lane.ready)}`).join(', ')],
    ['Held by processes', depth && `${number(sum('held'))}${holders.length > 0 ? ` (${holders.join(', ')})` : ''}`],
    ['Not due there yet', depth && number(depth.delayed)],
    ['Dead letters there', depth && number(depth.deadLetters)],
    ['Done, not confirmed', broker.owed > 0 ? number(broker.owed) : null],
    ['A process has at most', `${number(broker.prefetch)}, each for ${duration(broker.leaseMillis)} without a word`],
  ];
}

const rateText = (rate) =>
  rate && `${number(rate.permits)} in ${duration(rate.perMillis)} (${rate.algorithm.replace('-', ' ')})`;

const breakerText = (breaker) =>
  breaker && `${breaker.name}: ${breaker.state}${breaker.openUntil ? ` until ${moment(breaker.openUntil)}` : ''}`;

const COUNTERS = {
  ticksCoalesced: 'Ticks merged into a run',
  ticksMissed: 'Ticks missed',
  retried: 'Attempts repeated',
  deadLettersLost: 'Failed and gone',
  keysForgotten: 'Idempotency keys gone early',
};
