// Looking for executions in all jobs. The address says what for, so that it can be shared; and something may be done with all of them.

import { get, post, query } from './api.js';
import { confirm } from './dialogs.js';
import { arrange, byId, element, fromTemplate, once, parts, say, setAttribute, setText, show, showProblem } from './dom.js';
import { ago, duration, number, plural, sentence } from './format.js';
import { model } from './model.js';
import { executionPath, toneOf, verbFor, wordFor } from './state.js';

const part = parts(byId('find'), 'find');
const form = byId('find-form');

/** What can be looked for, by the name that the API and the address have for it. */
const FIELDS = ['id', 'job', 'state', 'key', 'error', 'at', 'value', 'since', 'until'];
const TIMES = ['since', 'until'];

/** As many are shown before somebody has to ask for more. */
const PAGE = 50;

/** As many are kept on the page. */
const MOST = 1000;

/** What is looked for; null while nothing is. */
let wanted = null;
let turn = 0;
let found = new Map();
let looked = 0;
let of = 0;
let unread = 0;
let cursor = null;
let isLooking = false;
let foundAt = 0;
const rows = new Map();

const fieldOf = (name) => byId(`find-${name}`);

/** Writes a time of the API as that of a field, which is local, and the other way round. */
const local = (time) => {
  const at = new Date(time);
  return Number.isNaN(at.getTime()) ? '' : new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
};
const utc = (text) => (text === '' ? '' : new Date(text).toISOString());

/** Shows what the address says, and looks for it. */
export function showFind(said) {
  model.followAny();
  const parameters = new URLSearchParams(said);
  const values = {};
  for (const name of FIELDS) {
    values[name] = parameters.get(name) ?? '';
    fieldOf(name).value = TIMES.includes(name) ? local(values[name]) : values[name];
  }
  if (fieldOf('state').value !== values.state) {
    fieldOf('state').value = values.state = '';
  }
  FIELDS.forEach((name) => fieldOf(name).setAttribute('aria-invalid', 'false'));
  if (FIELDS.some((name) => values[name] !== '')) {
    begin(values);
  } else {
    rest();
  }
}

/** Looks for nothing any more. */
export function rest() {
  turn++;
  wanted = null;
  isLooking = false;
  found = new Map();
  showProblem(part.problem, null);
  renderFind();
}

form.addEventListener('submit', (event) => {
  event.preventDefault();
  const values = {};
  for (const name of FIELDS) {
    const text = fieldOf(name).value;
    values[name] = TIMES.includes(name) ? utc(text) : text.trim();
  }
  if (values.id !== '') {
    location.hash = `#/execution/${encodeURIComponent(values.id)}`;
    return;
  }
  const address = `#/find${query(values)}`;
  if (location.hash === address) {
    showFind(query(values).slice(1));
  } else {
    location.hash = address;
  }
});

function begin(values) {
  const { id, ...filter } = values;
  turn++;
  wanted = filter;
  found = new Map();
  looked = 0;
  of = 0;
  unread = 0;
  cursor = null;
  showProblem(part.problem, null);
  look(PAGE);
}

/** Looks on until there are `count` more, or all were looked at. */
async function look(count) {
  const asked = ++turn;
  const enough = Math.min(MOST, found.size + count);
  isLooking = true;
  renderFind();
  try {
    do {
      const page = await get(`/api/executions${query({ ...wanted, limit: Math.max(1, enough - found.size), cursor })}`);
      if (asked !== turn) {
        return; // something else is looked for
      }
      page.executions.forEach((one) => found.set(one.id, one));
      looked += page.looked;
      of = Math.max(page.of, looked);
      unread += page.unread ?? 0;
      cursor = page.cursor;
      foundAt = Date.now();
      renderFind();
    } while (cursor !== null && found.size < enough);
    showProblem(part.problem, null);
  } catch (problem) {
    if (asked === turn) {
      showProblem(part.problem, problem.message);
      FIELDS.forEach((name) => fieldOf(name).setAttribute('aria-invalid', String(problem.field === name)));
    }
  }
  if (asked === turn) {
    isLooking = false;
    renderFind();
  }
}

part.more.addEventListener('click', () => look(PAGE));
part.stop.addEventListener('click', () => {
  turn++;
  isLooking = false;
  renderFind();
});

// Something for all that are found

const VERBS = {
  cancel: { title: 'Cancel what is found', done: 'cancelled', states: ['', 'queued', 'waiting', 'running'] },
  retry: { title: 'Retry what is found', done: 'queued again', states: ['', 'failed'] },
};

for (const verb of Object.keys(VERBS)) {
  part[verb].addEventListener('click', () => once(part[verb], () => countAndAsk(verb)));
}

/** Does it request by request until all were looked at; tells `progress` of each. */
async function all(verb, filter, progress) {
  const sum = { matched: 0, changed: 0, skipped: 0, looked: 0, of: 0, unread: 0, why: null };
  let at = null;
  do {
    const answer = await post(`/api/bulk/${verb}${query({ ...filter, cursor: at })}`);
    for (const name of ['matched', 'changed', 'skipped', 'looked', 'unread']) {
      sum[name] += answer[name] ?? 0;
    }
    sum.of = Math.max(sum.of, answer.of);
    sum.why = answer.why ?? sum.why;
    at = answer.cursor;
    progress(sum);
  } while (at !== null);
  return sum;
}

async function countAndAsk(verb) {
  const { title, done } = VERBS[verb];
  // What is accepted after this moment is not meant, however long somebody thinks about it.
  const filter = { ...wanted, until: wanted.until || new Date().toISOString() };
  const tell = (sum) => setText(part.progress, `Looked at ${number(sum.looked)} of ${number(Math.max(sum.of, sum.looked))}…`);
  try {
    const { matched, unread: missed } = await all(verb, { ...filter, dryRun: true }, tell);
    const rest = missed > 0 ? ` Of ${number(missed)} the payload was not looked into.` : '';
    confirm(
      title,
      matched === 0
        ? `None of them can be ${done}.${rest}`
        : `${plural(matched, 'execution', 'executions')} will be ${done}, each if it still can be.${rest}`,
      `${verb === 'cancel' ? 'Cancel' : 'Retry'} ${number(matched)}`,
      matched === 0
        ? null
        : async () => {
            const sum = await all(verb, filter, tell);
            const skipped = sum.skipped > 0 ? `, ${number(sum.skipped)} skipped: ${sentence(sum.why)}` : '';
            const text = `${number(sum.changed)} ${done}${skipped}`;
            say(text.endsWith('.') ? text : `${text}.`);
            begin({ id: '', ...wanted });
          },
      verb === 'cancel'
    );
  } catch (problem) {
    showProblem(part.problem, problem.message);
  } finally {
    setText(part.progress, '');
  }
}

// What is seen

export function renderFind() {
  const list = [...found.values()];
  show(part.hint, wanted === null);
  show(part.results, wanted !== null);
  if (wanted === null) {
    return;
  }
  const more = cursor !== null && found.size < MOST;
  const missed = unread > 0 ? `; the payload of ${number(unread)} was not looked into` : '';
  const when = foundAt > 0 && !isLooking ? `, ${duration(Math.max(0, Date.now() - foundAt))} ago` : '';
  setText(part.status, `${number(found.size)} found, looked at ${number(looked)} of ${number(of)}${missed}${isLooking ? '…' : ''}`);
  setAttribute(part.status, 'title', `Looked${when}`);
  show(part.more, more && !isLooking);
  show(part.stop, isLooking && looked > 0);
  show(part.none, list.length === 0 && !isLooking);
  for (const [verb, { states }] of Object.entries(VERBS)) {
    show(part[verb], list.length > 0 && states.includes(wanted.state));
  }
  const wantedRows = list.map((one) => {
    let row = rows.get(one.id);
    if (row === undefined) {
      row = makeRow(one.id);
      rows.set(one.id, row);
    }
    renderRow(row, one);
    return row.root;
  });
  for (const id of [...rows.keys()]) {
    if (!found.has(id)) {
      rows.delete(id);
    }
  }
  arrange(part.rows, wantedRows);
}

function makeRow(id) {
  const row = fromTemplate('found-row');
  setText(row.id, id);
  row.id.href = `#/execution/${encodeURIComponent(id)}`;
  row.act.addEventListener('click', () => once(row.act, () => act(row, id)));
  return row;
}

async function act(row, id) {
  try {
    await post(`${executionPath(id)}/${row.act.dataset.verb}`);
    showProblem(row.problem, null);
    found.set(id, await get(executionPath(id)));
    renderFind();
  } catch (problem) {
    showProblem(row.problem, problem.message);
  }
}

function renderRow(row, one) {
  setText(row.state, wordFor(one.state));
  setAttribute(row.state, 'data-tone', toneOf(one.state));
  setText(row.job, one.job);
  row.job.href = `#/job/${encodeURIComponent(one.job)}`;
  setText(row.attempt, one.attempt);
  setText(row.when, ago(one.createdAt));
  setAttribute(row.when, 'title', one.createdAt);
  setText(row.note, sentence(one.error ?? one.note ?? ''));
  const verb = verbFor(one.state);
  show(row.act, verb !== null);
  if (verb !== null) {
    row.act.dataset.verb = verb;
    setText(row.act, verb === 'retry' ? 'Retry' : 'Cancel');
    setAttribute(row.act, 'aria-label', `${verb === 'retry' ? 'Retry' : 'Cancel'} ${one.id}`);
  }
}

const states = ['queued', 'waiting', 'running', 'succeeded', 'failed', 'cancelled', 'dropped', 'returned'];
fieldOf('state').append(element('option', { value: '' }, 'Any'), ...states.map((state) => element('option', { value: state }, wordFor(state))));
