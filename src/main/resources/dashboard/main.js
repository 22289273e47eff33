// Puts the parts together: which view is shown, the connection, the colours.

import { forgetKey, hasKey, onKeyNeeded, post } from './api.js';
import { redrawCharts } from './charts.js';
import { askForKey, confirm } from './dialogs.js';
import { byId, say, setAttribute, setText, show, showProblem } from './dom.js';
import { renderExecution, showExecution } from './execution.js';
import { renderFind, rest as restFind, showFind } from './find.js';
import { renderJob, showJob } from './job.js';
import { showJobs } from './jobs.js';
import { model } from './model.js';
import { renderOverview } from './overview.js';
import { series } from './series.js';

// Which view: "#/" is all jobs, "#/?…" some of them, "#/job/<name>" is one, perhaps with "?state=…", "#/execution/<id>" an execution, and
// "#/find?…" those that are looked for.

function place() {
  const find = /^#\/find(?:\?(.*))?$/.exec(location.hash);
  if (find !== null) {
    return { view: 'find', name: null, said: find[1] ?? '' };
  }
  const match = /^#\/(job|execution)\/([^?]+)(?:\?(.*))?$/.exec(location.hash);
  if (match === null) {
    return { view: 'overview', name: null, said: '' };
  }
  const [, view, name, said = ''] = match;
  try {
    return { view, name: decodeURIComponent(name), said };
  } catch {
    return { view, name, said }; // there is no such thing, and that will be said
  }
}

const VIEWS = { overview: renderOverview, job: renderJob, execution: renderExecution, find: renderFind };

let view = 'overview';

function route(isFirst) {
  const { view: wanted, name, said } = place();
  view = wanted;
  for (const each of Object.keys(VIEWS)) {
    show(byId(each), each === view);
  }
  for (const link of document.querySelectorAll('[data-view]')) {
    if (link.dataset.view === view) {
      link.setAttribute('aria-current', 'page');
    } else {
      link.removeAttribute('aria-current');
    }
  }
  document.title = view === 'find' ? 'Find · Latido' : name === null ? 'Latido' : `${name} · Latido`;
  const job = view === 'job' ? name : null;
  showJob(job, new URLSearchParams(said).get('state') ?? '');
  showExecution(view === 'execution' ? name : null);
  if (view === 'overview' || view === 'job') {
    series.show(job);
  } else {
    series.rest();
  }
  if (view === 'find') {
    showFind(said);
  } else {
    restFind();
  }
  if (view === 'overview') {
    showJobs();
  }
  if (!isFirst) {
    scrollTo(0, 0);
    byId('main').focus({ preventScroll: true }); // what is read aloud begins anew
  }
  model.changed();
}

addEventListener('hashchange', () => route(false));

byId('skip').addEventListener('click', (event) => {
  event.preventDefault(); // the address says which job is shown
  byId('main').focus();
});

// The connection

function renderConnection() {
  const { state, retryAt } = model.connection;
  const left = Math.max(0, Math.ceil((retryAt - Date.now()) / 1000));
  const words = { idle: '', connecting: 'Connecting', live: 'Live', lost: 'Disconnected', resting: 'Resting' };
  setAttribute(byId('connection'), 'data-state', state);
  setText(byId('connection-text'), model.problem ?? words[state]);
  show(byId('reconnect'), state === 'lost');
  setText(byId('reconnect'), left > 0 ? `Try now (else in ${left} s)` : 'Try now');
  show(byId('forget-key'), hasKey());
}

byId('reconnect').addEventListener('click', () => model.retryNow());
addEventListener('online', () => model.retryNow());
document.addEventListener('visibilitychange', () => model.lookedAt(!document.hidden));

byId('forget-key').addEventListener('click', () => {
  forgetKey();
  location.reload();
});

// Everything at once

const isPaused = () => Boolean(model.service.pausedAt);

function renderPause() {
  show(byId('pause'), model.connection.state === 'live');
  setText(byId('pause'), isPaused() ? 'Resume everything' : 'Pause everything');
  byId('pause').classList.toggle('main', isPaused());
}

byId('pause').addEventListener('click', async () => {
  showProblem(byId('service-problem'), null);
  if (!isPaused()) {
    confirm(
      'Pause everything',
      'Nothing new begins, in no job, until everything is resumed. What is in flight goes on, and work is still taken in.',
      'Pause everything',
      () => post('/api/pause'),
      false
    );
    return;
  }
  try {
    await post('/api/resume');
    say('Everything goes on.');
  } catch (problem) {
    showProblem(byId('service-problem'), problem.message);
  }
});

// Colours

const THEMES = { system: 'as the system has them', light: 'light', dark: 'dark' };

function renderTheme() {
  setAttribute(byId('theme'), 'aria-label', `Colours: ${THEMES[globalThis.latidoTheme.choice]}`);
  setAttribute(byId('theme'), 'title', `Colours: ${THEMES[globalThis.latidoTheme.choice]}`);
}

byId('theme').addEventListener('click', () => {
  globalThis.latidoTheme.next();
  renderTheme();
  redrawCharts();
});
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redrawCharts);

function render() {
  renderConnection();
  renderPause();
  VIEWS[view]();
}

const calm = matchMedia('(prefers-reduced-motion: reduce)');
const dot = byId('connection').querySelector('.dot');
let beatAt = 0;

/** Shows that something came, as a heartbeat: at most one a second. */
function beat() {
  if (!calm.matches && Date.now() - beatAt > 1000) {
    beatAt = Date.now();
    dot.animate([{ transform: 'none' }, { transform: 'scale(1.6)' }, { transform: 'none' }], 350);
  }
}

model.onJob(beat);
model.onChange(render);
setInterval(() => model.changed(), 1000); // "in 3 s" becomes "in 2 s"
renderTheme();
onKeyNeeded(askForKey);
series.begin(() => model.changed(), () => model.connection.state === 'live' && !document.hidden);
route(true);
model.begin();
