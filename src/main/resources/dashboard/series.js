// What jobs did lately, as the service keeps it: read at once for a whole range, then point by point.

import { get, query } from './api.js';
import { byId, element, setText, show } from './dom.js';
import { duration, moment, now } from './format.js';

/** How far back, with the name that the API has for it. */
const RANGES = [
  { name: '1h', label: 'Last hour', seconds: 3600 },
  { name: '24h', label: 'Last day', seconds: 86_400 },
];

/** The service has a point so many milliseconds after its end, about. */
const SOON = 700;

/** Where nobody looks, or nobody answers, it is tried again after so many milliseconds. */
const AGAIN = 1000;

/** Rates are taken over so many seconds, or one point: single executions should not look like spikes. */
const RATE_SECONDS = 15;

/** What is drawn of a range; never changed, but replaced. */
class Lines {
  constructor(range, step, since, columns, failures) {
    this.seconds = range.seconds;
    this.step = step;
    this.since = since;
    this.columns = columns;
    this.failures = failures;
    this.times = columns.times;
    this.succeeded = this.#perSecond('succeeded');
    this.failed = this.#perSecond('failed');
  }

  #perSecond(name) {
    return this.columns[name].map((count) => (count === null ? null : count / this.step));
  }

  /** Returns how many succeed a second, lately; null while that is not known. */
  get rate() {
    const known = this.succeeded.slice(-Math.max(1, RATE_SECONDS / this.step)).filter((value) => value !== null);
    return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length;
  }

  /** Returns for how many seconds nothing is known. */
  get gap() {
    return this.succeeded.filter((value) => value === null).length * this.step;
  }
}

class Series {
  #range = RANGES[0];
  /** The name of the job; null for all together, undefined before anybody looks. */
  #job = undefined;
  #lines = null;
  #timer = 0;
  #turn = null;
  #listener = () => {};
  #mayAsk = () => true;

  /**
   * Has `listener` called when there is something new.
   *
   * @param mayAsk tells whether somebody looks and the service can be reached
   */
  begin(listener, mayAsk) {
    this.#listener = listener;
    this.#mayAsk = mayAsk;
    for (const place of ['service-range', 'job-range']) {
      for (const range of RANGES) {
        const input = element('input', { type: 'radio', name: place, value: range.name });
        input.checked = range === this.#range;
        input.addEventListener('change', () => this.#choose(range));
        byId(place).append(element('label', {}, input, element('span', {}, range.label)));
      }
    }
  }

  #choose(range) {
    this.#range = range;
    for (const input of document.querySelectorAll('#service-range input, #job-range input')) {
      input.checked = input.value === range.name;
    }
    this.#readAnew();
  }

  /** Reads what this job did, from now on; null for all together. */
  show(job) {
    if (job !== this.#job) {
      this.#job = job;
      this.#readAnew();
    }
  }

  /** Reads nothing until there is something to show again. */
  rest() {
    this.#job = undefined;
    this.#lines = null;
    this.#turn = null;
    clearTimeout(this.#timer);
  }

  #readAnew() {
    this.#lines = null;
    this.#listener();
    this.#read();
  }

  /** Returns what is known of a job, or of all for null; null while that is not known. */
  of(job) {
    return job === this.#job ? this.#lines : null;
  }

  async #read() {
    clearTimeout(this.#timer);
    const turn = {}; // with another question the answer to this one is for nobody
    this.#turn = turn;
    let wait = AGAIN;
    if (this.#lines === null || this.#mayAsk()) {
      try {
        const last = this.#lines?.times.at(-1);
        const after = last === undefined ? null : new Date((last - this.#lines.step) * 1000).toISOString();
        const answer = await get(`/api/series${query({ job: this.#job, range: this.#range.name, after })}`);
        if (this.#turn !== turn) {
          return;
        }
        this.#take(answer);
        const step = answer.stepSeconds * 1000;
        wait = step - (now() % step) + SOON;
      } catch (problem) { // the connection says what is the matter, and the page of a job that there is none
        if (problem.status === 404) {
          return;
        }
        wait = 5 * AGAIN;
      }
    }
    if (this.#turn === turn) {
      this.#timer = setTimeout(() => this.#read(), wait);
    }
  }

  /** Puts the points of an answer behind those that are known. The time of a point is that of its end. */
  #take({ stepSeconds: step, since, from, points, failures = [] }) {
    const columns = { times: [] };
    Object.keys(points).forEach((name) => (columns[name] = []));
    const add = (time, value) => {
      columns.times.push(time);
      Object.keys(points).forEach((name) => columns[name].push(value(name)));
    };
    const first = Date.parse(from) / 1000 + step;
    const before = this.#lines;
    const count = points.succeeded.length;
    if (before !== null && count === 0) {
      return;
    }
    if (before !== null) {
      before.times.forEach((time, i) => {
        if (time < first && time > first - this.#range.seconds) {
          add(time, (name) => before.columns[name][i]);
        }
      });
    }
    for (let time = (columns.times.at(-1) ?? first - step) + step; time < first; time += step) {
      add(time, () => null); // there is nothing of it
    }
    for (let i = 0; i < count; i++) {
      add(first + i * step, (name) => points[name][i]);
    }
    const tooMany = columns.times.length - this.#range.seconds / step;
    if (tooMany > 0) {
      Object.values(columns).forEach((values) => values.splice(0, tooMany));
    }
    this.#lines = new Lines(this.#range, step, since ?? null, columns, failures);
    this.#listener();
  }
}

/** Writes what has to be known of the charts, if anything has. */
export function renderSeriesNote(node, lines) {
  const notes = [];
  if (lines !== null && lines.since === null) {
    notes.push('Nothing is kept of this job yet: of many jobs the busiest are kept, and this one from the next minute on.');
  } else if (lines !== null && Date.parse(lines.since) > now() - lines.seconds * 1000) {
    notes.push(`Kept since ${moment(lines.since)}.`);
  }
  if (lines !== null && lines.gap > 0) {
    notes.push(`Shaded: for ${duration(lines.gap * 1000)} nothing was recorded; the service did not run, or stood still.`);
  }
  setText(node, notes.join(' '));
  show(node, notes.length > 0);
}

export const series = new Series();
