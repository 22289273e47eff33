// Calls of the API: the key goes in a header, refusals become sentences.

import { learnClock } from './format.js';

const KEY = `latido.key ${location.pathname}`; // behind a proxy another service may be at another path of this origin

let key = readKey();
let asking = null;
let ask = async () => null;

function readKey() {
  try {
    return sessionStorage.getItem(KEY);
  } catch {
    return null;
  }
}

function keepKey(next) {
  key = next;
  try {
    if (next === null) {
      sessionStorage.removeItem(KEY);
    } else {
      sessionStorage.setItem(KEY, next);
    }
  } catch {
    // it is kept by this page then
  }
}

/** Has `question` asked for a key when one is needed. It gets what was wrong with the one before, or null. */
export function onKeyNeeded(question) {
  ask = question;
}

export const hasKey = () => key !== null;

export function forgetKey() {
  keepKey(null);
}

/** What the service answered instead of what was asked for. Its message is a sentence; status 0 is no answer at all. */
export class Problem extends Error {
  constructor(status, type, message, field) {
    super(message);
    this.status = status;
    this.type = type;
    this.field = field;
  }
}

/**
 * Calls fetch with the key, and asks for one where there is none or it is wrong. `path` is that of the API; a proxy may have
 * put a prefix before it, which is where this page is.
 */
export async function authorized(path, options = {}) {
  for (;;) {
    const used = key;
    const headers = new Headers(options.headers);
    if (used !== null) {
      headers.set('Authorization', `Bearer ${used}`);
    }
    let response;
    try {
      response = await fetch(`.${path}`, { ...options, headers, cache: 'no-store', credentials: 'omit', redirect: 'error' });
    } catch (failure) {
      if (failure.name === 'AbortError') {
        throw failure;
      }
      throw new Problem(0, 'unreachable', 'The service does not answer.');
    }
    learnClock(response.headers.get('Date'));
    if (response.status !== 401) {
      return response;
    }
    if (used === key) { // else somebody gave another one meanwhile
      asking ??= ask(used === null ? null : 'The service does not know this key.').finally(() => {
        asking = null;
      });
      keepKey(await asking);
    }
  }
}

export async function problemOf(response) {
  let body = {};
  try {
    body = await response.json();
  } catch {
    // then its status has to do
  }
  const retryAfter = Number(response.headers.get('Retry-After'));
  const again = retryAfter > 0 ? ` Try again in ${retryAfter} s.` : '';
  const detail = body.detail ?? body.title ?? `The service answered with status ${response.status}.`;
  const type = String(body.type ?? '').replace('urn:latido:problem:', '');
  return new Problem(response.status, type, detail + again, fieldIn(detail));
}

/** The service names the parameter or header that it means in quotes. */
function fieldIn(detail) {
  return /^(?:(?:Query parameter|Header|Field) )?'([^']+)'/.exec(detail)?.[1];
}

async function call(path, options) {
  const response = await authorized(path, options);
  if (!response.ok) {
    throw await problemOf(response);
  }
  return response;
}

export async function get(path) {
  return (await call(path)).json();
}

/**
 * Like get, but numbers in these fields that JavaScript would round are kept to the last digit, if the browser can. What it
 * has no stack for is as get has it, and `isTooDeep`.
 */
export async function getExact(path, ...fields) {
  const text = await (await call(path)).text();
  const answer = JSON.parse(text);
  try {
    const exact = JSON.parse(text, (name, value, context) =>
      typeof value === 'number' && context?.source && JSON.rawJSON && String(value) !== context.source
        ? JSON.rawJSON(context.source)
        : value
    );
    fields.forEach((field) => (answer[field] = exact[field]));
  } catch { // JSON for which the browser's stack is too small
    answer.isTooDeep = true;
  }
  return answer;
}

/** Posts `body`, JSON text, or nothing. */
export async function post(path, body = '') {
  const headers = body === '' ? {} : { 'Content-Type': 'application/json' };
  return (await call(path, { method: 'POST', body: body === '' ? undefined : body, headers })).json();
}

export async function patch(path, body) {
  return (await call(path, { method: 'PATCH', body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } })).json();
}

/** Returns the path of a job, or of something below it. */
export const jobPath = (name, rest = '') => `/api/jobs/${encodeURIComponent(name)}${rest}`;

/** Returns a query of those values that are something; empty where none is. */
export function query(values) {
  const pairs = Object.entries(values).filter(([, value]) => value !== undefined && value !== null && value !== '');
  return pairs.length === 0 ? '' : `?${new URLSearchParams(pairs)}`;
}
