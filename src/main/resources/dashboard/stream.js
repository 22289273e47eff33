// Server-sent events over fetch, which can send a key in a header; EventSource cannot. Reconnects by itself.

import { authorized, problemOf } from './api.js';

const FIRST_DELAY = 1000;
const LONGEST_DELAY = 30_000;

/** The service sends something at least every 15 s by default; a connection that is silent for so long is dead. */
const SILENCE = 45_000;

/**
 * Reads a stream until it is laid to rest.
 *
 * `listener.event(type, data)` gets each event with its parsed data; `listener.state(state, retryInMillis)` learns
 * `connecting`, `live`, or `lost` with the time until the next try; `listener.refused(problem)` learns what trying again
 * would not mend.
 */
export class Stream {
  #path;
  #listener;
  #lastId = '';
  #delay = FIRST_DELAY;
  #failures = 0;
  #abort = new AbortController();
  #timer = 0;
  #watch = 0;
  /** Which connection is wanted: what belongs to an earlier one is over. */
  #turn = 0;

  constructor(path, listener) {
    this.#path = path;
    this.#listener = listener;
    this.#connect();
  }

  /** Ends the connection and makes no other, until it is woken. */
  rest() {
    this.#turn++;
    clearTimeout(this.#timer);
    this.#timer = 0;
    this.#abort.abort();
  }

  /** Goes on from where it was when it was laid to rest. */
  wake() {
    this.#connect();
  }

  /** Tries now, if a try is to come anyway. */
  retryNow() {
    if (this.#timer !== 0) {
      clearTimeout(this.#timer);
      this.#connect();
    }
  }

  async #connect() {
    const turn = ++this.#turn;
    this.#timer = 0;
    this.#abort = new AbortController();
    this.#listener.state('connecting');
    try {
      await this.#read(turn);
    } catch (failure) {
      if (turn === this.#turn && failure.status >= 400 && failure.status < 500 && ![401, 408, 429].includes(failure.status)) {
        this.#listener.refused(failure);
        return;
      }
      // else it is worth another try, whatever it was
    } finally {
      clearTimeout(this.#watch);
    }
    if (turn === this.#turn) {
      this.#retryLater();
    }
  }

  async #read(turn) {
    const headers = { Accept: 'text/event-stream', ...(this.#lastId && { 'Last-Event-ID': this.#lastId }) };
    const response = await authorized(this.#path, { headers, signal: this.#abort.signal });
    if (turn !== this.#turn) {
      return;
    }
    if (!response.ok) {
      throw await problemOf(response);
    }
    this.#failures = 0;
    this.#listener.state('live');
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    const lines = new EventLines({
      event: (type, data, id) => this.#event(type, data, id),
      retry: (millis) => {
        this.#delay = millis;
      },
    });
    for (;;) {
      this.#expectMore();
      const { value, done } = await reader.read();
      if (done || turn !== this.#turn) {
        return;
      }
      lines.take(value);
    }
  }

  #expectMore() {
    const abort = this.#abort;
    clearTimeout(this.#watch);
    this.#watch = setTimeout(() => abort.abort(), SILENCE);
  }

  #event(type, data, id) {
    this.#listener.event(type, JSON.parse(data));
    this.#lastId = id; // now that it is taken: a part that is cut off is asked for again
  }

  #retryLater() {
    const longest = Math.min(LONGEST_DELAY, this.#delay * 2 ** this.#failures);
    const delay = longest * (0.5 + Math.random() / 2); // so that not all pages come back at the same moment
    this.#failures = Math.min(this.#failures + 1, 10);
    this.#listener.state('lost', delay);
    this.#timer = setTimeout(() => this.#connect(), delay);
  }
}

/** Takes text apart as https://html.spec.whatwg.org/multipage/server-sent-events.html says. */
export class EventLines {
  #rest = '';
  #type = '';
  #data = [];
  #id = '';
  #listener;

  constructor(listener) {
    this.#listener = listener;
  }

  take(text) {
    const lines = (this.#rest + text).split(/\r\n|\n|\r(?!$)/);
    this.#rest = lines.pop();
    lines.forEach((line) => this.#line(line));
  }

  #line(line) {
    if (line === '') {
      if (this.#data.length > 0) {
        this.#listener.event(this.#type || 'message', this.#data.join('\n'), this.#id);
      }
      this.#type = '';
      this.#data = [];
      return;
    }
    const colon = line.indexOf(':');
    if (colon === 0) {
      return; // a comment: the heartbeat
    }
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'event') {
      this.#type = value;
    } else if (field === 'data') {
      this.#data.push(value);
    } else if (field === 'id') {
      this.#id = value;
    } else if (field === 'retry' && /^\d+$/.test(value)) {
      this.#listener.retry(Number(value));
    }
  }
}
