// The list of jobs: which ones, in which order and groups, and which page of it. The address says so, and can be shared.

import { get, jobPath, post } from './api.js';
import { drawMeter, drawSpark } from './charts.js';
import { arrange, byId, fromTemplate, once, say, setAttribute, setText, show, showProblem } from './dom.js';
import { capital, number, rate, sentence, short, until } from './format.js';
import { model, PAGE } from './model.js';
import { depthOf, stateOf, waitOf } from './state.js';

/** A list that changes by itself is read again after so many milliseconds. */
const RELIST = 5000;

/** In the order in which the service lists them. */
const GROUPS = new Map([
  ['degraded', 'Need attention'],
  ['failed', 'With dead letters'],
  ['working', 'Working'],
  ['waiting', 'Waiting'],
  ['idle', 'Idle'],
  ['stopped', 'Stopped'],
]);

const filterName = byId('filter-name');
const filterOnly = byId('filter-only');
const filterSort = byId('filter-sort');
const filterGrouped = byId('filter-grouped');
const sorters = [...byId('overview').querySelectorAll('[data-sort]')];

/** What is wanted. `grouped` is null for the default: once there are more jobs than fit on a page. */
let view = viewInAddress();

/** What was read last, with the view that it is of; null before the first. */
let list = null;

let isMany = false;
let reading = 0;
const rows = new Map();
const heads = new Map();

function viewInAddress() {
  const said = new URLSearchParams(/^#\/\?(.*)$/.exec(location.hash)?.[1]);
  const grouped = said.get('grouped');
  return {
    name: (said.get('name') ?? '').slice(0, filterName.maxLength),
    only: optionOf(filterOnly, said.get('only')),
    sort: optionOf(filterSort, said.get('sort')),
    page: Math.min(1_000_000, Math.max(1, Math.trunc(Number(said.get('page'))) || 1)),
    grouped: grouped === null ? null : grouped === 'yes',
    folded: new Set((said.get('folded') ?? '').split(',').filter((group) => GROUPS.has(group))),
  };
}

function optionOf(select, value) {
  return [...select.options].some((option) => option.value === value) ? value : select.options[0].value;
}

function addressOf({ name, only, sort, page, grouped, folded }) {
  const said = new URLSearchParams();
  const put = (parameter, value, isDefault) => isDefault || said.set(parameter, value);
  put('name', name, name === '');
  put('only', only, only === 'any');
  put('sort', sort, sort === 'name');
  put('grouped', grouped ? 'yes' : 'no', grouped === null);
  put('folded', [...folded].join(), folded.size === 0);
  put('page', page, page === 1);
  return `#/${said}` === '#/' ? '#/' : `#/?${said}`;
}

const isGrouped = () => view.grouped ?? isMany;

/** Shows what the address says. */
export function showJobs() {
  view = viewInAddress();
  filterName.value = view.name;
  filterOnly.value = view.only;
  filterSort.value = view.sort;
  byId('to-jobs').setAttribute('href', addressOf(view));
  readPage();
}

/** Has another view be shown, from its first page on unless it says which. */
function goTo(changes) {
  place({ page: 1, ...changes });
  readPage();
}

function place(changes) {
  view = { ...view, ...changes };
  history.replaceState(null, '', addressOf(view));
  byId('to-jobs').setAttribute('href', addressOf(view));
}

/** Shows only those jobs that stand so. */
export function showOnly(only) {
  filterOnly.value = only;
  goTo({ only });
  byId('jobs-title').scrollIntoView({ block: 'start' });
  filterOnly.focus();
}

async function readPage() {
  const turn = ++reading;
  try {
    let found;
    let isOther = true;
    for (let tries = 0; isOther && tries < 3; tries++) {
      found = await ask();
      if (turn !== reading) {
        return; // somebody typed on meanwhile
      }
      isOther = adapt(found);
    }
    list = { names: found.jobs.map((job) => job.name), total: found.total, groups: found.groups ?? null, view };
    showProblem(byId('jobs-problem'), null);
    model.list(found.jobs, view.name === '' && view.only === 'any' && found.jobs.length === countOf(found));
    if (!model.isFollowing) { // nothing is listed: what concerns the whole service comes with any job
      model.list((await get('/api/jobs?limit=1')).jobs, false);
    }
    model.changed();
  } catch (problem) {
    showProblem(byId('jobs-problem'), problem.message);
    if (!model.isFollowing) {
      setTimeout(readPage, RELIST); // there is no stream that would tell when it is worth another try
    }
  }
}

function ask() {
  const parameters = new URLSearchParams({ limit: PAGE, sort: view.sort, page: view.page });
  if (view.name !== '') {
    parameters.set('name', view.name);
  }
  if (view.only !== 'any') {
    parameters.set('only', view.only);
  }
  if (isGrouped()) {
    const open = [...GROUPS.keys()].filter((group) => !view.folded.has(group));
    (open.length === 0 ? ['none'] : open).forEach((group) => parameters.append('group', group));
  }
  return get(`/api/jobs?${parameters}`);
}

/** Returns how many jobs there are on all pages and in all groups. */
const countOf = (found) =>
  found.groups === undefined ? found.total : Object.values(found.groups).reduce((sum, count) => sum + count, 0);

/** Adapts the view to how many jobs there are. Returns whether something else has to be asked for. */
function adapt(found) {
  const wasGrouped = isGrouped();
  isMany = countOf(found) > PAGE;
  const last = lastPage(found.total);
  const isBehind = view.page > last;
  if (isBehind) {
    place({ page: last });
  }
  return isBehind || wasGrouped !== isGrouped();
}

const lastPage = (total) => Math.max(1, Math.ceil(total / PAGE));

/** After an interruption the service may have other jobs. */
model.onBack(() => {
  if (!byId('overview').hidden) {
    readPage();
  }
});

let typing = 0;
filterName.addEventListener('input', () => {
  clearTimeout(typing);
  typing = setTimeout(() => goTo({ name: filterName.value.trim() }), 150);
});
filterOnly.addEventListener('change', () => goTo({ only: filterOnly.value }));
filterSort.addEventListener('change', () => goTo({ sort: filterSort.value }));
filterGrouped.addEventListener('change', () => goTo({ grouped: filterGrouped.checked }));
sorters.forEach((button) =>
  button.addEventListener('click', () => {
    filterSort.value = button.dataset.sort;
    goTo({ sort: filterSort.value });
  })
);
byId('job-filter').addEventListener('submit', (event) => event.preventDefault());
byId('jobs-back').addEventListener('click', () => goTo({ page: Math.max(1, view.page - 1) }));
byId('jobs-on').addEventListener('click', () => goTo({ page: view.page + 1 }));

const pageField = byId('jobs-page');
pageField.addEventListener('change', () => {
  const page = Math.trunc(Number(pageField.value));
  if (page >= 1) {
    goTo({ page: Math.min(page, lastPage(list?.total ?? 0)) });
  }
});
byId('jobs-jump').addEventListener('submit', (event) => event.preventDefault());

/** Which jobs run, fail or have how much to do changes without the list being asked for. */
const movesByItself = () => view.only !== 'any' || view.sort !== 'name' || isGrouped();

/** While somebody points at the list, or has the focus in it, it keeps still: nothing moves away from under a click. */
const isHeld = () => byId('jobs-frame').matches(':hover, :focus-within');

setInterval(() => {
  const isSeen = !document.hidden && !byId('overview').hidden;
  if (isSeen && movesByItself() && !isHeld() && model.connection.state === 'live') {
    readPage();
  }
}, RELIST);

export function renderJobs() {
  if (list === null) {
    return;
  }
  const { wanted, shown } = arranged();
  arrange(byId('jobs'), wanted);
  forget(rows, shown);
  shown.forEach((name) => renderRow(rows.get(name), model.jobs.get(name)));
  show(byId('no-jobs'), wanted.length === 0);
  filterGrouped.checked = isGrouped();
  sorters.forEach((button) => {
    const order = button.dataset.sort === 'name' ? 'ascending' : 'descending';
    setAttribute(button.closest('th'), 'aria-sort', button.dataset.sort === view.sort ? order : 'none');
  });
  renderPager();
}

function forget(known, keep) {
  for (const name of known.keys()) {
    if (!keep.includes(name)) {
      known.delete(name);
    }
  }
}

/** Returns the rows of the table in their order, and the names of the jobs among them. */
function arranged() {
  const isKnown = (name) => model.jobs.has(name);
  const { names, groups } = list;
  if (groups === null) {
    const shown = names.filter(isKnown);
    return { wanted: shown.map((name) => rowOf(name).root), shown };
  }
  const wanted = [];
  const shown = [];
  const first = (list.view.page - 1) * PAGE;
  let start = 0;
  for (const group of GROUPS.keys()) {
    if (groups[group] > 0) {
      const isFolded = list.view.folded.has(group);
      const end = isFolded ? start : start + groups[group];
      const here = names.slice(Math.max(0, start - first), Math.max(0, end - first));
      wanted.push(renderHead(group, groups[group], isFolded, here.length === 0 && !isFolded ? [start, end] : null));
      for (const name of here.filter(isKnown)) {
        wanted.push(rowOf(name).root);
        shown.push(name);
      }
      start = end;
    }
  }
  return { wanted, shown };
}

/** Renders the head of a group; `elsewhere` is from where to where it goes, where none of it is on this page. */
function renderHead(group, count, isFolded, elsewhere) {
  let head = heads.get(group);
  if (head === undefined) {
    head = fromTemplate('group-row');
    head.title.textContent = GROUPS.get(group);
    head.fold.addEventListener('click', () => fold(group));
    head.pages.addEventListener('click', () => goTo({ page: pageOf(group) }));
    heads.set(group, head);
  }
  setAttribute(head.fold, 'aria-expanded', !isFolded);
  setText(head.count, number(count));
  show(head.pages, elsewhere !== null);
  if (elsewhere !== null) {
    const [from, to] = [pageOf(group), lastPage(elsewhere[1])];
    const text = from === to ? `on page ${number(from)}` : `on pages ${number(from)} to ${number(to)}`;
    setText(head.pages, text);
    setAttribute(head.pages, 'aria-label', `${GROUPS.get(group)}: ${text}`);
  }
  return head.root;
}

function fold(group) {
  const folded = new Set(view.folded);
  if (!folded.delete(group)) {
    folded.add(group);
  }
  goTo({ folded, page: pageOf(group) });
}

/** Returns the page on which a group begins, or would. */
function pageOf(group) {
  let start = 0;
  for (const before of GROUPS.keys()) {
    if (before === group) {
      break;
    }
    start += list.view.folded.has(before) ? 0 : list.groups[before];
  }
  return Math.floor(start / PAGE) + 1;
}

function renderPager() {
  const { names, total, view: { page, sort } } = list;
  const last = lastPage(total);
  show(byId('jobs-pager'), last > 1);
  byId('jobs-back').disabled = page === 1;
  byId('jobs-on').disabled = page >= last;
  if (document.activeElement !== pageField) {
    pageField.value = page;
  }
  pageField.max = last;
  setText(byId('jobs-pages'), `of ${number(last)}`);
  const first = (page - 1) * PAGE;
  const span = sort === 'name' && names.length > 0 ? `: ${names[0]} to ${names.at(-1)}` : '';
  setText(byId('jobs-place'), `${number(first + 1)} to ${number(first + names.length)} of ${number(total)} jobs${span}`);
  setText(byId('jobs-held'), movesByItself() && isHeld() ? 'Held still while you are in the list' : '');
}

function rowOf(name) {
  let row = rows.get(name);
  if (row === undefined) {
    row = fromTemplate('job-row');
    setText(row.name, name);
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
  setText(row.oldest, waitOf(job));
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
