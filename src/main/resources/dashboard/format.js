// Numbers, times and durations for people.

const whole = new Intl.NumberFormat('en');
const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });
const timeOfDay = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });

export const number = (value) => whole.format(value);

/** Returns a number in at most about five characters. */
export const short = (value) => (value < 100_000 ? whole.format(value) : compact.format(value));

export function plural(count, one, many) {
  return `${number(count)} ${count === 1 ? one : many}`;
}

/** Returns executions a second, where the unit stands beside. */
export const perSecond = (value) => (value < 10 ? trim(value, 2) : short(Math.round(value)));

/** Returns a rate: a second, or a minute where that is easier to read. Null where it is not known yet. */
export function rate(perSecond) {
  if (perSecond === null) {
    return '–';
  }
  if (perSecond === 0 || perSecond >= 0.95) {
    return `${perSecond < 10 ? trim(perSecond) : short(Math.round(perSecond))}/s`;
  }
  const perMinute = perSecond * 60;
  return `${perMinute < 10 ? trim(perMinute) : Math.round(perMinute)}/min`;
}

const trim = (value, digits = 1) => String(Number(value.toFixed(digits)));

export function bytes(count) {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = count;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${value < 10 && unit > 0 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}

export function duration(millis) {
  if (millis < 1000) {
    return `${Math.max(0, Math.round(millis))} ms`;
  }
  const seconds = millis / 1000;
  if (seconds < 60) {
    return `${seconds < 10 ? trim(seconds) : Math.round(seconds)} s`;
  }
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) {
    return both(minutes, 'min', Math.floor(seconds % 60), 's');
  }
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? both(hours, 'h', minutes % 60, 'min') : both(Math.floor(hours / 24), 'd', hours % 24, 'h');
}

const both = (more, unit, less, smallerUnit) => `${more} ${unit}${less === 0 ? '' : ` ${less} ${smallerUnit}`}`;

/** Returns a duration, down to what is far below a millisecond. */
export const length = (millis) => (millis < 10 ? `${trim(millis, millis < 1 ? 2 : 1)} ms` : duration(millis));

/** Returns a coarse duration, which does not change with every glance. */
function coarse(millis) {
  const seconds = Math.max(0, Math.round(millis / 1000));
  if (seconds < 60) {
    return `${seconds} s`;
  }
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) {
    return `${minutes} min`;
  }
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.round(hours / 24)} d`;
}

// The service's clock may differ from this machine's, and "in 3 s" is meant by the service's.
let clockAheadMillis = 0;

/** Learns the service's time from a Date header, which has whole seconds only. */
export function learnClock(dateHeader) {
  const theirs = Date.parse(dateHeader ?? '');
  if (Number.isFinite(theirs)) {
    const ahead = theirs + 500 - Date.now();
    clockAheadMillis = Math.abs(ahead) < 2000 ? 0 : ahead;
  }
}

export const now = () => Date.now() + clockAheadMillis;

export function until(time) {
  const left = Date.parse(time) - now();
  return left <= 0 ? 'now' : `in ${coarse(left)}`;
}

export function ago(time) {
  return `${coarse(now() - Date.parse(time))} ago`;
}

export const clock = (millis) => timeOfDay.format(millis);

/** Returns a time of day, with the date where it is not today's. */
export function moment(time) {
  const at = new Date(time);
  const today = new Date(now()).toDateString() === at.toDateString();
  return today ? timeOfDay.format(at) : `${day.format(at)}, ${timeOfDay.format(at)}`;
}

/** Returns a sentence of the service with its times as times of day: it writes them as the API does. */
export function sentence(text) {
  return text.replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g, moment);
}

export const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);
