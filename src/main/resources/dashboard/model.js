// What the page knows of the service: kept up to date by the stream, and sampled for the lines in the list of jobs.

import { get } from './api.js';
import { Stream } from './stream.js';

/** How many jobs the page shows, and follows, at once. Their names fit into one request line. */
export const PAGE = 50;

/** The lines in the list of jobs go back so far, in samples of so many milliseconds. */
const SAMPLE = 2000;
const SAMPLES = 60;

/** Rates are taken over so many samples: single executions should not look like spikes. */
const RATE_SAMPLES = 5;

const STORE_EVERY = 5; // samples

/** A job to follow is asked for again after so many milliseconds. */
const ANY_AGAIN = 5000;

/** What was measured while the page looked. A counter becomes a rate. A moment at which nothing is known is a gap. */
class History {
  succeeded = [];
  #counts = [];

  add(time, count) {
    const before = this.#counts.slice(-RATE_SAMPLES).find((one) => one !== null);
    const rate =
      count === null || before === undefined ? null : Math.max(0, ((count - before.count) * 1000) / (time - before.time));
    push(this.succeeded, rate);
    push(this.#counts, count === null ? null : { count, time });
    if (count === null) {
      this.#counts = []; // a rate over a gap would be a guess
    }
  }

  /** Returns how many succeed a second, lately; null while that is not known. */
  get rate() {
    return this.succeeded.at(-1) ?? null;
  }
}

function push(values, value) {
  values.push(value);
  if (values.length > SAMPLES) {
    values.shift();
  }
}

class Model {
  jobs = new Map();
  /** What the stream says of the whole service. */
  service = {};
  summary = null;
  store = null;
  connection = { state: 'idle', retryAt: 0 };
  histories = new Map();
  /** What could not be read, in words; null when all could. */
  problem = null;

  #listeners = new Set();
  #jobListeners = new Set();
  #backListeners = new Set();
  #wasLost = false;
  #frame = 0;
  #stream = null;
  #path = '';
  #listed = [];
  #listedAll = false;
  #selected = null;
  #samples = 0;

  /** Has `listener` called before the next frame that is painted after something changed. */
  onChange(listener) {
    this.#listeners.add(listener);
  }

  /** Has `listener` called with the name of each job that changed, and the executions of it that did, if known. */
  onJob(listener) {
    this.#jobListeners.add(listener);
  }

  /** Has `listener` called after an interruption, and told whether that was because a job that was followed is gone. */
  onBack(listener) {
    this.#backListeners.add(listener);
  }

  changed() {
    if (this.#frame === 0) {
      this.#frame = requestAnimationFrame(() => {
        this.#frame = 0;
        this.#listeners.forEach((listener) => listener());
      });
    }
  }

  /** Begins to sample. */
  begin() {
    setInterval(() => this.#sample(), SAMPLE);
    this.refresh();
  }

  /**
   * Follows these jobs from now on.
   *
   * @param views the jobs that are listed, as just read
   * @param areAll whether there are no others
   */
  list(views, areAll) {
    this.#listed = views.map((view) => view.name);
    this.#listedAll = areAll;
    views.forEach((view) => this.jobs.set(view.name, view));
    this.#follow();
  }

  /** Follows any job, where none is: with it comes what concerns the whole service. */
  async followAny() {
    if (this.isFollowing) {
      return;
    }
    try {
      const { jobs } = await get('/api/jobs?limit=1');
      if (!this.isFollowing) {
        this.list(jobs, false);
      }
    } catch {
      setTimeout(() => this.followAny(), ANY_AGAIN);
    }
  }

  /** Follows this job too, or no further one. */
  select(name) {
    this.#selected = name;
    this.#follow();
  }

  #follow() {
    const names = new Set(this.#listed);
    const all = this.#listedAll && (this.#selected === null || names.has(this.#selected));
    if (this.#selected !== null) {
      names.add(this.#selected);
    }
    if (names.size === 0 && !all) {
      return; // nothing is known yet
    }
    for (const known of [...this.jobs.keys()]) {
      if (!names.has(known)) {
        this.jobs.delete(known);
        this.histories.delete(known);
      }
    }
    const parameters = new URLSearchParams({ interval: '250ms' });
    if (!all) {
      [...names].sort().forEach((name) => parameters.append('job', name));
    }
    const path = `/api/events?${parameters}`;
    if (path !== this.#path) {
      this.#open(path);
    }
  }

  #open(path) {
    this.#stream?.rest();
    this.#path = path;
    this.#stream = new Stream(path, {
      event: (type, data) => this.#take(type, data),
      state: (state, retryIn = 0) => {
        if (path === this.#path) {
          this.#connected(state, retryIn);
        }
      },
      refused: (problem) => {
        if (path !== this.#path) {
          return;
        }
        this.problem = problem.message;
        this.#path = '';
        this.#connected('lost', 0);
        if (problem.status === 404) { // a job that was followed is gone
          this.#listed = [];
          this.#listedAll = false;
          this.#selected = null;
          this.#backListeners.forEach((listener) => listener(true));
        }
      },
    });
  }

  #connected(state, retryIn) {
    this.connection = { state, retryAt: retryIn === 0 ? 0 : Date.now() + retryIn };
    if (state === 'lost') {
      this.#wasLost = true;
    } else if (state === 'live') {
      this.problem = null;
      if (this.#wasLost) {
        this.#wasLost = false;
        this.refresh();
        this.#backListeners.forEach((listener) => listener(false));
      }
    }
    this.changed();
  }

  /** Tells whether there is a stream, or tries to get one. */
  get isFollowing() {
    return this.#path !== '';
  }

  /** Has the stream rest while nobody looks: a browser has few connections to one host, and other pages want one too. */
  lookedAt(isSeen) {
    if (!this.isFollowing) {
      return;
    }
    if (!isSeen) {
      this.#stream.rest();
      this.#connected('resting', 0);
    } else if (this.connection.state === 'resting') {
      this.#stream.wake();
      this.refresh();
    }
  }

  retryNow() {
    if (this.isFollowing) {
      this.#stream.retryNow();
    } else {
      this.#follow();
    }
  }

  #take(type, data) {
    if (type === 'snapshot' || type === 'jobs' || type === 'service') {
      const { sequence, part, of, jobs = [], executions = [], ...service } = data;
      this.service = { ...this.service, ...service };
      for (const job of jobs) {
        this.jobs.set(job.name, job);
        this.#jobListeners.forEach((listener) => listener(job.name, executions.filter((one) => one.job === job.name)));
      }
      this.changed();
    }
    // a gap needs nothing more: the snapshot behind it says how everything stands
  }

  /** Reads what no stream brings. */
  async refresh() {
    try {
      const [summary, store] = await Promise.all([
        get('/api/summary'),
        this.#samples % STORE_EVERY === 0 || this.store === null ? get('/api/store') : this.store,
      ]);
      this.summary = summary;
      this.store = store;
    } catch {
      this.summary = null; // the connection says what is the matter
    }
    this.changed();
  }

  async #sample() {
    this.#samples++;
    const isLive = this.connection.state === 'live';
    if (isLive && !document.hidden) {
      await this.refresh();
    }
    const time = Date.now();
    for (const [name, job] of this.jobs) {
      if (!this.histories.has(name)) {
        this.histories.set(name, new History());
      }
      this.histories.get(name).add(time, isLive ? job.counters.succeeded : null);
    }
    this.changed();
  }

  rateOf(name) {
    return this.histories.get(name)?.rate ?? null;
  }
}

export const model = new Model();
