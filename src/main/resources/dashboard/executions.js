// Two lists of a job's executions: what runs, and a page of what else there is.

import { get, jobPath, post, query } from './api.js';
import { arrange, byId, element, fromTemplate, once, say, setAttribute, setText, show, showProblem } from './dom.js';
import { ago, duration, now, plural, sentence, until } from './format.js';
import { executionPath, toneOf, verbFor, wordFor } from './state.js';

const RUNNING = 20;
const PAGE = 25;

/** Lists are read again at most so often, however fast their job is. */
const PAUSE = 1000;

const FILTERS = [
  ['', 'Recent'],
  ['failed', 'Failed'],
  ['succeeded', 'Succeeded'],
  ['cancelled', 'Cancelled'],
  ['dropped', 'Dropped'],
  ['queued', 'Queued'],
  ['waiting', 'Delayed'],
];

/** Calls `read` soon after something changed, but neither twice at once nor without a pause. */
class Refresher {
  #read;
  #isDue = false;
  #isBusy = false;

  constructor(read) {
    this.#read = read;
  }

  async request() {
    this.#isDue = true;
    while (this.#isDue && !this.#isBusy) {
      this.#isDue = false;
      this.#isBusy = true;
      await this.#read();
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
      this.#isBusy = false;
    }
  }
}

let job = null;
let state = '';
let cursor = null;
let nextCursor = null;
const runningRows = new Map();
const rows = new Map();
let running = [];
let page = [];

for (const [value, label] of FILTERS) {
  const input = element('input', { type: 'radio', name: 'executions', value });
  input.checked = value === '';
  input.addEventListener('change', () => {
    state = value;
    history.replaceState(null, '', `#/job/${encodeURIComponent(job)}${query({ state })}`);
    goTo(null);
  });
  byId('execution-filter').append(element('label', {}, input, element('span', {}, label)));
}

function goTo(next) {
  cursor = next;
  page = [];
  render();
  readPage(true);
}

byId('executions-first').addEventListener('click', () => goTo(null));
byId('executions-more').addEventListener('click', () => goTo(nextCursor));

/** Shows the executions of this job from now on, of those that stand so if that is a state; of none for null. */
export function showExecutionsOf(name, wanted = '') {
  job = name;
  state = FILTERS.some(([value]) => value === wanted) ? wanted : '';
  byId('execution-filter').querySelector(`input[value="${state}"]`).checked = true;
  running = [];
  page = [];
  cursor = null;
  nextCursor = null;
  showProblem(byId('executions-problem'), null);
  render();
  changed();
}

const refresher = new Refresher(async () => {
  if (job !== null) { // else it was left meanwhile
    await Promise.all([readRunning(), readPage(false)]);
  }
});

/** Notes that executions of the job changed; `brief` tells of some of them how they stand. */
export function changed(brief = []) {
  const others = [];
  for (const one of brief) {
    const known = running.find((execution) => execution.id === one.id);
    if (known !== undefined) {
      Object.assign(known, one);
    } else if (one.state === 'running') {
      others.push(one);
    }
  }
  if (others.length > 0 || running.some((execution) => execution.state !== 'running')) {
    running = [...running.filter((execution) => execution.state === 'running'), ...others].slice(0, RUNNING);
    render();
  }
  if (!document.hidden && job !== null) {
    refresher.request();
  }
}

async function readRunning() {
  const asked = job;
  try {
    const found = await get(jobPath(asked, '/executions') + query({ state: 'running', limit: RUNNING }));
    if (asked === job) {
      running = found.executions.filter((one) => one.state === 'running');
      render();
    }
  } catch {
    // the other list says what is the matter
  }
}

/** While somebody points at a list, or has the focus in it, it keeps still: nothing moves away from under a click. */
const isHeld = () => byId('executions-frame').matches(':hover, :focus-within');

// What was missed meanwhile is read then.
byId('executions-frame').addEventListener('mouseleave', () => changed());
byId('executions-frame').addEventListener('focusout', () => changed());
document.addEventListener('visibilitychange', () => changed());

async function readPage(isAskedFor) {
  if (!isAskedFor && (cursor !== null || (isHeld() && page.length > 0))) {
    return;
  }
  const [asked, askedState, askedCursor] = [job, state, cursor];
  const isWaiting = state === 'queued' || state === 'waiting';
  const path = jobPath(job, isWaiting ? '/executions' : '/history');
  try {
    const found = await get(path + query({ state, limit: PAGE, cursor }));
    if (asked === job && askedState === state && askedCursor === cursor) {
      page = found.executions;
      nextCursor = found.cursor;
      showProblem(byId('executions-problem'), null);
      render();
    }
  } catch (problem) {
    showProblem(byId('executions-problem'), problem.message);
  }
}

function render() {
  renderList(byId('running'), running, runningRows, 'running-row');
  show(byId('none-running'), running.length === 0);
  renderList(byId('executions'), page, rows, 'execution-row');
  show(byId('no-executions'), page.length === 0);
  show(byId('executions-first'), cursor !== null);
  show(byId('executions-more'), nextCursor !== null);
}

/** Brings what passes with time up to date, and says how many more run. */
export function renderExecutions(view) {
  running.forEach((execution) => renderRow(runningRows.get(execution.id), execution));
  page.forEach((execution) => renderRow(rows.get(execution.id), execution));
  const more = view.inFlight - running.length;
  show(byId('more-running'), running.length >= RUNNING && more > 0);
  setText(byId('more-running'), `and ${plural(more, 'more', 'more')}`);
  const isStill = isHeld() && cursor === null && page.length > 0;
  setText(byId('executions-place'), isStill ? 'Held still while you are in the list' : '');
}

function renderList(body, executions, known, template) {
  const wanted = executions.map((execution) => {
    let row = known.get(execution.id);
    if (row === undefined) {
      row = makeRow(template, execution.id);
      known.set(execution.id, row);
    }
    renderRow(row, execution);
    return row.root;
  });
  const ids = new Set(executions.map((execution) => execution.id));
  for (const id of known.keys()) {
    if (!ids.has(id)) {
      known.delete(id);
    }
  }
  arrange(body, wanted);
}

function makeRow(template, id) {
  const row = fromTemplate(template);
  setText(row.id, id);
  row.id.href = `#/execution/${encodeURIComponent(id)}`;
  row.act.addEventListener('click', () => once(row.act, () => act(row, id)));
  return row;
}

async function act(row, id) {
  const { verb } = row.act.dataset;
  try {
    const execution = await post(`${executionPath(id)}/${verb}`);
    const done = execution.state === 'cancelled' ? 'cancelled' : 'told to end';
    showProblem(row.problem, null);
    say(`Execution ${id} is ${verb === 'retry' ? 'queued again' : done}.`);
    readPage(true);
  } catch (problem) {
    showProblem(row.problem, problem.message);
  }
}

const LABELS = { retry: 'Retry', cancel: 'Cancel' };

function renderRow(row, execution) {
  if (row.state) {
    setText(row.state, wordFor(execution.state));
    setAttribute(row.state, 'data-tone', toneOf(execution.state));
  }
  setText(row.priority, execution.priority);
  setText(row.attempt, execution.attempt);
  const { createdAt, dueAt, startedAt, endedAt } = execution;
  setText(row.when, timeText(execution));
  setAttribute(row.when, 'title', (execution.state === 'waiting' && dueAt) || (endedAt ?? startedAt ?? createdAt));
  if (row.took) {
    setText(row.took, endedAt && startedAt ? duration(Date.parse(endedAt) - Date.parse(startedAt)) : '–');
  }
  if (row.progress) {
    show(row.progress, execution.progress !== undefined);
    row.progress.value = execution.progress ?? 0;
    setAttribute(row.progress, 'aria-label', `Progress of ${execution.id}`);
  }
  const isMeasured = execution.state === 'running' && execution.progress !== undefined;
  const share = isMeasured ? `${Math.round(execution.progress * 100)} % ` : '';
  setText(row.note, share + sentence(execution.error ?? execution.note ?? ''));
  const verb = verbFor(execution.state);
  show(row.act, verb !== null);
  if (verb !== null) {
    row.act.dataset.verb = verb;
    setText(row.act, LABELS[verb]);
    setAttribute(row.act, 'aria-label', `${LABELS[verb]} ${execution.id}`);
  }
}

function timeText(execution) {
  if (execution.state === 'running') {
    return duration(Math.max(0, now() - Date.parse(execution.startedAt)));
  }
  if (execution.state === 'waiting' && execution.dueAt) {
    return until(execution.dueAt);
  }
  return ago(execution.endedAt ?? execution.createdAt);
}
