// All jobs together: what needs attention, totals, charts; and the list of them.

import { makeCharts } from './charts.js';
import { arrange, byId, element, parts, setAttribute, setText, show } from './dom.js';
import { bytes, moment, number, plural, rate, sentence, short } from './format.js';
import { renderJobs, showOnly } from './jobs.js';
import { model } from './model.js';
import { renderSeriesNote, series } from './series.js';

const totals = parts(byId('overview'), 'total');
const charts = makeCharts('service');

export function renderOverview() {
  renderHeadline();
  renderTotals();
  const all = series.of(null);
  charts.update(all);
  renderSeriesNote(byId('service-note'), all);
  renderJobs();
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
    const gone = sum.counters.deadLettersLost;
    const failed = `${plural(sum.deadLetters, 'execution', 'executions')} ${where}`;
    lines.push(attentionLine('failed', () => filterLink('failed'), failed, `failed and can be retried${gone > 0 ? `; ${number(gone)} more are gone` : ''}`));
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
    setText(totals.rate, rate(series.of(null)?.rate ?? null));
    setText(totals.succeeded, `${short(sum.counters.succeeded)} so far`);
    setText(totals.failed, short(sum.deadLetters));
    const where = sum.withFailures > 0 ? `in ${plural(sum.withFailures, 'job', 'jobs')}` : '';
    const gone = sum.counters.deadLettersLost > 0 ? `${short(sum.counters.deadLettersLost)} gone` : '';
    setText(totals.withFailures, [where, gone].filter(Boolean).join(', '));
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
