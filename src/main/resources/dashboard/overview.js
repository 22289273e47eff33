// All jobs: what needs attention, totals, charts, and a page of the table.

import { jobPath, post } from './api.js';
import { drawMeter, drawSpark, makeCharts } from './charts.js';
import { arrange, byId, element, fromTemplate, once, parts, say, setAttribute, setText, show, showProblem } from './dom.js';
import { bytes, capital, moment, number, plural, rate, sentence, short, until } from './format.js';
import { model, readJobs } from './model.js';
import { depthOf, stateOf } from './state.js';

const RELIST = 5000;

const totals = parts(byId('overview'), 'total');
const charts = makeCharts(byId('service-throughput'), byId('service-depth'));
const rows = new Map();

/** The cursors of the pages up to the one that is shown. */
let cursors = [null];
let names = [];
let nextCursor = null;
let isRead = false;
let reading = 0;

const filter = () => ({ name: byId('filter-name').value.trim(), only: byId('filter-only').value });

/** Reads the page of jobs that is shown. */
export async function readPage() {
  const turn = ++reading;
  const { name, only } = filter();
  try {
    const page = await readJobs(name, only, cursors.at(-1));
    if (turn !== reading) {
      return; // somebody typed on meanwhile
    }
    isRead = true;
    names = page.jobs.map((job) => job.name);
    nextCursor = page.cursor;
    showProblem(byId('jobs-problem'), null);
    model.list(page.jobs, name === '' && only === 'any' && cursors.length === 1 && nextCursor === null);
    model.changed();
  } catch (problem) {
    showProblem(byId('jobs-problem'), problem.message);
    if (!model.isFollowing) {
      setTimeout(readPage, RELIST); // there is no stream that would tell when it is worth another try
    }
  }
}

/** After an interruption the service may have other jobs. */
model.onBack(() => {
  if (!byId('overview').hidden) {
    readPage();
  }
});

function goTo(nextCursors) {
  cursors = nextCursors;
  readPage();
}

let typing = 0;
byId('filter-name').addEventListener('input', () => {
  clearTimeout(typing);
  typing = setTimeout(() => goTo([null]), 150);
});
byId('filter-only').addEventListener('change', () => goTo([null]));
byId('job-filter').addEventListener('submit', (event) => event.preventDefault());
byId('jobs-back').addEventListener('click', () => goTo(cursors.slice(0, -1)));
byId('jobs-on').addEventListener('click', () => goTo([...cursors, nextCursor]));

// Which jobs run, or fail, changes without the list being asked for.
setInterval(() => {
  if (!document.hidden && !byId('overview').hidden && filter().only !== 'any' && model.connection.state === 'live') {
    readPage();
  }
}, RELIST);

/** Shows only those jobs that stand so. */
function showOnly(only) {
  byId('filter-only').value = only;
  goTo([null]);
  byId('jobs-title').scrollIntoView({ block: 'start' });
  byId('filter-only').focus();
}

export function renderOverview() {
  renderHeadline();
  renderTotals();
  charts.update(model.total);
  renderTable();
}

function renderHeadline() {
  const sum = model.summary;
  const paused = model.service.pausedAt ?? null;
  const storeProblem = model.store?.problem ?? null;
  let tone = 'good';
  let title = 'All is well';
  if (model.connection.state === 'lost') {
    [tone, title] = ['bad', 'The service cannot be reached'];
  } else if (sum === null) {
    [tone, title] = ['off', 'Looking…'];
  } else if (storeProblem !== null) {
    [tone, title] = ['bad', 'The store takes no writes'];
  } else if (paused !== null) {
    [tone, title] = ['warn', 'Everything is paused'];
  } else if (sum.degraded > 0) {
    [tone, title] = ['warn', `${plural(sum.degraded, 'job needs', 'jobs need')} attention`];
  } else if (sum.running === 0) {
    [tone, title] = ['off', 'No job is running'];
  }
  setAttribute(byId('headline'), 'data-tone', tone);
  setText(byId('headline-title'), title);
  setText(byId('headline-detail'), detail(sum, paused, storeProblem));
  renderAttention(sum);
}

function detail(sum, paused, storeProblem) {
  if (model.connection.state === 'lost') {
    return 'What is shown is how it stood when the connection was lost.';
  } else if (storeProblem !== null) {
    return sentence(storeProblem);
  } else if (paused !== null) {
    return `Nothing new begins since ${moment(paused)}.`;
  } else if (sum === null) {
    return '';
  }
  const work =
    sum.inFlight + sum.queued === 0
      ? 'nothing to do'
      : `${number(sum.inFlight)} in flight and ${number(sum.queued)} queued`;
  return `${sum.running} of ${plural(sum.jobs, 'job', 'jobs')} running, ${work}.`;
}

/** The lines of what needs attention: they stay while their text changes, so that the focus stays in them. */
const attention = new Map();

function renderAttention(sum) {
  const lines = (sum?.attention ?? []).map(({ job, why }) => {
    // "job 'name' is …", "the queue of job 'name' holds …": the name stands before that, as a link
    const subject = `job '${job}' `;
    const about = why.startsWith(subject) ? why.slice(subject.length) : `– ${why.replace(` of job '${job}'`, '')}`;
    const makeLink = () => element('a', { href: `#/job/${encodeURIComponent(job)}` });
    return attentionLine(`job ${job}`, makeLink, job, sentence(about));
  });
  if (sum !== null && sum.degraded > lines.length) {
    const more = `and ${number(sum.degraded - lines.length)} more`;
    lines.push(attentionLine('degraded', () => filterLink('degraded'), more, ''));
  }
  if (sum !== null && sum.deadLetters > 0) {
    const where = `in ${plural(sum.withFailures, 'job', 'jobs')}`;
    const failed = `${plural(sum.deadLetters, 'execution', 'executions')} ${where}`;
    lines.push(attentionLine('failed', () => filterLink('failed'), failed, 'failed and can be retried'));
  }
  arrange(byId('attention'), lines);
  show(byId('attention'), lines.length > 0);
}

function attentionLine(key, makeLink, linkText, text) {
  let line = attention.get(key);
  if (line === undefined) {
    line = { link: makeLink(), rest: element('span') };
    line.root = element('li', {}, line.link, ' ', line.rest);
    attention.set(key, line);
  }
  setText(line.link, linkText);
  setText(line.rest, text);
  return line.root;
}

function filterLink(only) {
  const button = element('button', { type: 'button', class: 'link' });
  button.addEventListener('click', () => showOnly(only));
  return button;
}

function renderTotals() {
  const sum = model.summary;
  if (sum !== null) {
    setText(totals.running, number(sum.running));
    setText(totals.jobs, `of ${number(sum.jobs)}`);
    setText(totals.inFlight, short(sum.inFlight));
    setText(totals.draining, sum.draining > 0 ? `${sum.draining} draining` : '');
    setText(totals.queued, short(sum.queued));
    setText(totals.delayed, sum.delayed > 0 ? `and ${short(sum.delayed)} delayed` : '');
    setText(totals.rate, rate(model.total.rate));
    setText(totals.succeeded, `${short(sum.counters.succeeded)} so far`);
    setText(totals.failed, short(sum.deadLetters));
    setText(totals.withFailures, sum.withFailures > 0 ? `in ${plural(sum.withFailures, 'job', 'jobs')}` : '');
    setAttribute(byId('tile-failed'), 'data-tone', sum.deadLetters > 0 ? 'bad' : '');
  }
  const store = model.store;
  if (store !== null) {
    setText(totals.store, store.problem === undefined ? 'Fine' : 'No writes');
    setText(totals.storeDetail, `${store.type}, ${bytes(store.bytes)}`);
    setAttribute(byId('tile-store'), 'data-tone', store.problem === undefined ? '' : 'bad');
    setAttribute(byId('tile-store'), 'title', [store.place, `commit ${store.sequence}`].filter(Boolean).join(', '));
  }
}

function renderTable() {
  const shown = names.filter((name) => model.jobs.has(name));
  arrange(
    byId('jobs'),
    shown.map((name) => rowOf(name).root)
  );
  for (const name of rows.keys()) {
    if (!shown.includes(name)) {
      rows.delete(name);
    }
  }
  shown.forEach((name) => renderRow(rows.get(name), model.jobs.get(name)));
  show(byId('no-jobs'), isRead && shown.length === 0);
  show(byId('jobs-pager'), cursors.length > 1 || nextCursor !== null);
  byId('jobs-back').disabled = cursors.length === 1;
  byId('jobs-on').disabled = nextCursor === null;
  setText(byId('jobs-place'), shown.length === 0 ? '' : `${shown[0]} to ${shown.at(-1)}`);
}

function rowOf(name) {
  let row = rows.get(name);
  if (row === undefined) {
    row = fromTemplate('job-row');
    row.name.textContent = name;
    row.name.href = `#/job/${encodeURIComponent(name)}`;
    row.toggle.addEventListener('click', () => once(row.toggle, () => toggle(row, name)));
    rows.set(name, row);
  }
  return row;
}

async function toggle(row, name) {
  const verb = model.jobs.get(name).isRunning ? 'stop' : 'start';
  try {
    const status = await post(jobPath(name, `/${verb}`));
    showProblem(row.problem, null);
    say(sentence(status.message));
  } catch (problem) {
    showProblem(row.problem, problem.message);
  }
}

function renderRow(row, job) {
  const state = stateOf(job);
  setText(row.state, state.word);
  setAttribute(row.state, 'data-tone', state.tone);
  setText(row.why, capital(sentence(job.why)));
  drawMeter(row.meter, job.queue);
  setText(row.depth, `${short(depthOf(job) + job.queue.delayed)} of ${short(job.queue.capacity)}`);
  const share = Math.min(1, job.inFlight / job.concurrency);
  row.slots.style.setProperty('--share', share);
  setText(row.inFlight, `${short(job.inFlight)} of ${short(job.concurrency)}`);
  drawSpark(row.spark, model.histories.get(job.name)?.succeeded ?? []);
  setText(row.rate, rate(model.rateOf(job.name)));
  setText(row.succeeded, short(job.counters.succeeded));
  setText(row.failed, short(job.deadLetters));
  setAttribute(row.failed, 'data-tone', job.deadLetters > 0 ? 'bad' : '');
  setAttribute(row.failed, 'data-none', job.deadLetters === 0);
  setText(row.nextTick, job.nextTick ? until(job.nextTick) : '–');
  setAttribute(row.nextTick, 'data-none', job.nextTick === null);
  setText(row.toggle, job.isRunning ? 'Stop' : 'Start');
  setAttribute(row.toggle, 'aria-label', `${job.isRunning ? 'Stop' : 'Start'} ${job.name}`);
}
