// One execution, all that is known of it, in a panel.

import { getExact, post } from './api.js';
import { byId, element, fillFacts, once, parts, setAttribute, setText, show, showProblem } from './dom.js';
import { duration, moment, sentence } from './format.js';
import { toneOf, verbFor } from './state.js';

const dialog = byId('execution-dialog');
const part = parts(dialog, 'x');
const ENDS = ['succeeded', 'failed', 'cancelled', 'dropped'];

let id = null;
let execution = null;
let readAt = 0;

export async function openExecution(wanted) {
  id = wanted;
  execution = null;
  setText(byId('execution-title'), `Execution ${id}`);
  showProblem(part.problem, null);
  render();
  dialog.showModal();
  await read();
}

/** Reads it again if it may have changed. */
export function executionChanged() {
  if (dialog.open && !ENDS.includes(execution?.state) && Date.now() - readAt > 1000) {
    read();
  }
}

async function read() {
  readAt = Date.now();
  const asked = id;
  try {
    const found = await getExact(`/api/executions/${encodeURIComponent(asked)}`, 'payload', 'result');
    if (asked === id) {
      execution = found;
      render();
    }
  } catch (problem) {
    showProblem(part.problem, problem.message);
  }
}

for (const verb of ['cancel', 'retry']) {
  part[verb].addEventListener('click', () => once(part[verb], () => act(verb)));
}

async function act(verb) {
  try {
    await post(`/api/executions/${encodeURIComponent(id)}/${verb}`);
    showProblem(part.problem, null);
    await read();
  } catch (problem) {
    showProblem(part.problem, problem.message);
  }
}

const pretty = (value) => (execution.isTooDeep ? 'Nested too deep to be shown here' : JSON.stringify(value, null, 2));

const time = (value) => value && element('time', { datetime: value, title: value }, moment(value));

function took(one) {
  return one.startedAt && one.endedAt ? duration(Date.parse(one.endedAt) - Date.parse(one.startedAt)) : undefined;
}

function render() {
  const one = execution;
  setText(part.state, one === null ? '' : one.state === 'waiting' ? 'delayed' : one.state);
  setAttribute(part.state, 'data-tone', toneOf(one?.state));
  setText(part.note, one?.error ? '' : sentence(one?.note ?? ''));
  const verb = one === null ? null : verbFor(one.state);
  show(part.cancel, verb === 'cancel');
  show(part.retry, verb === 'retry');
  show(part.progress, one?.progress !== undefined);
  part.progress.value = one?.progress ?? 0;
  fillFacts(
    part.facts,
    one === null
      ? []
      : [
          ['Job', element('a', { href: `#/job/${encodeURIComponent(one.job)}` }, one.job)],
          ['Priority', one.priority],
          ['Attempts', String(one.attempt)],
          ['Accepted', time(one.createdAt)],
          ['Due', one.state === 'waiting' ? time(one.dueAt) : undefined],
          ['Last attempt began', time(one.startedAt)],
          ['Ended', time(one.endedAt)],
          ['Took', took(one)],
          ['Not started after', time(one.expiresAt)],
          ['Durability', one.durability ?? 'full'],
        ]
  );
  text('error', one?.error);
  text('payload', one?.payload === undefined ? undefined : pretty(one.payload));
  text('result', one?.result === undefined ? undefined : pretty(one.result));
  const failures = one?.failures ?? [];
  show(part.failures, failures.length > 0);
  part.failureList.replaceChildren(
    ...failures.map((failure) =>
      element(
        'li',
        { value: failure.attempt },
        element('span', {}, failure.error),
        element('small', {}, `Attempt ${failure.attempt}, ${moment(failure.startedAt)}, took ${took(failure)}`)
      )
    )
  );
}

function text(name, value) {
  show(part[`${name}Box`], value !== undefined);
  setText(part[name], value ?? '');
}

dialog.addEventListener('click', (event) => {
  if (event.target.closest('a') || event.target === dialog) {
    dialog.close(); // a click beside the panel, or on the way elsewhere
  }
});
