// Questions to the person: is it meant, what is to be submitted, which key.

import { jobPath, patch, post, query } from './api.js';
import { byId, element, once, say, setText, show, showProblem } from './dom.js';
import { duration, plural } from './format.js';

for (const dialog of document.querySelectorAll('dialog')) {
  dialog.addEventListener('click', (event) => {
    if (event.target.closest('[data-close]')) {
      dialog.close();
    }
  });
}

/** Calls `action` when the dialog's form is sent. */
function onSubmit(dialog, action) {
  const form = dialog.querySelector('form');
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    once(form.querySelector('[type=submit]'), action);
  });
}

// Is it meant?

const confirmDialog = byId('confirm-dialog');
let confirmed = async () => {};

/** Asks, and does it when it is meant; stays and says why when that fails. What cannot be undone looks like that. */
export function confirm(title, text, button, action, isDanger = true) {
  setText(byId('confirm-title'), title);
  setText(byId('confirm-text'), text);
  setText(byId('confirm-do'), button);
  byId('confirm-do').className = isDanger ? 'danger' : 'main';
  showProblem(byId('confirm-problem'), null);
  show(byId('confirm-do'), action !== null);
  confirmed = action;
  confirmDialog.showModal();
}

onSubmit(confirmDialog, async () => {
  try {
    await confirmed();
    confirmDialog.close();
  } catch (problem) {
    showProblem(byId('confirm-problem'), problem.message);
  }
});

// What is to be submitted?

const submitDialog = byId('submit-dialog');
let submitJob = '';

export function askForSubmission(job) {
  submitJob = job;
  setText(byId('submit-title'), `Submit to ${job}`);
  showSubmitProblem(null, null);
  submitDialog.showModal();
}

function showSubmitProblem(field, text) {
  showProblem(byId('submit-payload-problem'), field === 'payload' ? text : null);
  showProblem(byId('submit-delay-problem'), field === 'delay' ? text : null);
  showProblem(byId('submit-problem'), field === 'payload' || field === 'delay' ? null : text);
  for (const name of ['payload', 'delay']) {
    byId(`submit-${name}`).setAttribute('aria-invalid', String(field === name));
  }
  if (field === 'payload' || field === 'delay') {
    byId(`submit-${field}`).focus();
  }
}

onSubmit(submitDialog, async () => {
  const payload = byId('submit-payload').value.trim();
  try {
    if (payload !== '') {
      JSON.parse(payload);
    }
  } catch (failure) {
    showSubmitProblem('payload', `This is not JSON: ${failure.message}`);
    return;
  }
  const delay = byId('submit-delay').value.trim();
  const path = jobPath(submitJob, '/executions') + query({ priority: byId('submit-priority').value, delay });
  try {
    const execution = await post(path, payload);
    submitDialog.close();
    say(`Execution ${execution.id} is ${execution.state}.`);
  } catch (problem) {
    const field = problem.field ?? (['malformed-json', 'body-too-large'].includes(problem.type) ? 'payload' : null);
    showSubmitProblem(field, problem.message);
  }
});

// Which limits?

const limitsDialog = byId('limits-dialog');
const PERIODS = new Map([
  [1000, 'second'],
  [60_000, 'minute'],
  [3_600_000, 'hour'],
]);
let limitsJob = null;

/** Asks how much a job may do at once and in a time, beginning with how it is. */
export function askForLimits(view) {
  limitsJob = view;
  const rate = view.policies.rateLimit;
  setText(byId('limits-title'), `Limits of ${view.name}`);
  byId('limits-concurrency').value = view.concurrency;
  byId('limits-permits').value = rate?.permits ?? '';
  const periods = new Map(PERIODS);
  if (rate !== null && !periods.has(rate.perMillis)) {
    periods.set(rate.perMillis, duration(rate.perMillis));
  }
  byId('limits-period').replaceChildren(
    ...[...periods].map(([millis, name]) => element('option', { value: millis }, name))
  );
  byId('limits-period').value = rate?.perMillis ?? 1000;
  byId('limits-stored').checked = false;
  showLimitsProblem(null, null);
  limitsDialog.showModal();
}

function showLimitsProblem(field, text) {
  for (const name of ['concurrency', 'permits']) {
    showProblem(byId(`limits-${name}-problem`), field === name ? text : null);
    byId(`limits-${name}`).setAttribute('aria-invalid', String(field === name));
  }
  const isKnown = field === 'concurrency' || field === 'permits';
  showProblem(byId('limits-problem'), isKnown ? null : text);
  if (isKnown) {
    byId(`limits-${field}`).focus();
  }
}

async function changeLimits(changes) {
  try {
    const view = await patch(jobPath(limitsJob.name), { ...changes, stored: byId('limits-stored').checked });
    limitsDialog.close();
    say(`Of ${view.name} ${plural(view.concurrency, 'execution', 'executions')} may be in flight at once.`);
  } catch (problem) {
    showLimitsProblem(problem.field?.replace('rateLimit.', ''), problem.message);
  }
}

onSubmit(limitsDialog, async () => {
  const concurrency = byId('limits-concurrency').value.trim();
  const permits = byId('limits-permits').value.trim();
  if (!isWhole(concurrency)) {
    showLimitsProblem('concurrency', 'Give a whole number from 1 on.');
  } else if (permits !== '' && !isWhole(permits)) {
    showLimitsProblem('permits', 'Give a whole number from 1 on, or nothing.');
  } else {
    const algorithm = limitsJob.policies.rateLimit?.algorithm;
    const perMillis = Number(byId('limits-period').value);
    await changeLimits({
      concurrency: Number(concurrency),
      rateLimit: permits === '' ? 'none' : { permits: Number(permits), perMillis, ...(algorithm && { algorithm }) },
    });
  }
});

byId('limits-reset').addEventListener('click', () => changeLimits({ concurrency: null, rateLimit: null }));

const isWhole = (text) => /^\d{1,9}$/.test(text) && Number(text) > 0;

// Which key?

const keyDialog = byId('key-dialog');

/** Asks for a key until one is given. */
export function askForKey(problem) {
  showProblem(byId('key-problem'), problem);
  byId('key').value = '';
  byId('key').setAttribute('aria-invalid', String(problem !== null));
  if (!keyDialog.open) {
    keyDialog.showModal();
  }
  byId('key').focus();
  return new Promise((resolve) => {
    keyGiven = resolve;
  });
}

let keyGiven = () => {};

keyDialog.addEventListener('cancel', (event) => event.preventDefault()); // there is nothing to see without a key

onSubmit(keyDialog, async () => {
  const key = byId('key').value.trim();
  if (key === '') {
    showProblem(byId('key-problem'), 'Give a key.');
    byId('key').focus();
  } else if (!/^[\x21-\x7e]+$/.test(key)) {
    showProblem(byId('key-problem'), 'A key has visible ASCII characters only.'); // else no header could carry it
    byId('key').focus();
  } else {
    keyDialog.close();
    keyGiven(key);
  }
});
