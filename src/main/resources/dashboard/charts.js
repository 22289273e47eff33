// Small charts, by uPlot, and sparklines.

import { byId, element, setAttribute, setText } from './dom.js';
import { clock, length, now, perSecond, short } from './format.js';

const HEIGHT = 132;

/** Returns what a custom property, or a share of it in percent, comes to in the colours of now. A canvas knows neither. */
function colour(name, share = 100) {
  const probe = document.body.appendChild(element('span', { hidden: '' }));
  probe.style.color = `color-mix(in srgb, var(${name}) ${share}%, transparent)`;
  const value = getComputedStyle(probe).color;
  probe.remove();
  return value;
}

const font = () => `11px ${getComputedStyle(document.body).fontFamily}`;

/** A chart of some lines over the range of a series that keeps to the width of its place and to the colours of the page. */
class Chart {
  #place;
  #lines;
  #show;
  #plot = null;
  /** What is drawn, with the times first. */
  #data = null;
  #series = null;
  #name;
  #keys;
  #steps;
  #least;
  #moment = element('span');

  /**
   * @param place where it goes; before it stands its caption
   * @param lines for each line its `label`, its `key` (a class), its `colour` (a custom property), whether it is `filled`, and what
   *   `values` it has of a series
   * @param show writes a value
   * @param steps what may lie between the lines of the grid
   * @param least what the axis shows at least
   */
  constructor(place, name, lines, show, steps, least) {
    this.#place = place;
    this.#name = name;
    this.#lines = lines;
    this.#show = show;
    this.#steps = steps;
    this.#least = least;
    place.setAttribute('role', 'img');
    this.#keys = lines.map(() => element('b'));
    const keys = lines.map((line, i) => element('li', { class: line.key }, `${line.label} `, this.#keys[i]));
    place.previousElementSibling.append(element('ul', { class: 'keys', 'aria-hidden': 'true' }, element('li', {}, this.#moment), ...keys));
    new ResizeObserver(() => this.#resize()).observe(place);
    charts.add(this);
  }

  update(series) {
    if (this.#plot !== null && this.#series === series) {
      return; // a page changes more often than there are points
    }
    this.#series = series;
    const lines = this.#lines.map((line) => line.values(series));
    this.#data = [series.times, ...lines];
    if (this.#place.offsetParent === null) {
      return; // nobody sees it
    }
    if (this.#plot === null) {
      this.rebuild();
    } else {
      this.#plot.setData(this.#data);
    }
    this.#writeKeys(this.#plot?.cursor.idx);
    const latest = this.#lines.map((line, i) => `${line.label} ${this.#write(lines[i].at(-1))}`).join(', ');
    const gap = series.gap > 0 ? `, nothing recorded for ${length(series.gap * 1000)}` : '';
    setAttribute(this.#place, 'aria-label', `${this.#name}: ${latest}. Shows ${length(series.times.length * series.step * 1000)}${gap}.`);
  }

  /** Writes what the lines are at the place that is pointed at, or now. */
  #writeKeys(index) {
    const [times, ...lines] = this.#data;
    lines.forEach((values, i) => setText(this.#keys[i], this.#write(values.at(index ?? -1))));
    setText(this.#moment, typeof index === 'number' ? clock(times[index] * 1000) : '');
  }

  #write(value) {
    return value === null || value === undefined ? '–' : this.#show(value);
  }

  #resize() {
    const width = this.#place.clientWidth;
    if (this.#plot !== null && width > 0 && width !== this.#plot.width) {
      this.#plot.setSize({ width, height: HEIGHT });
    }
  }

  /** Draws anew, in the colours of now. */
  rebuild() {
    this.#plot?.destroy();
    this.#plot = null;
    const width = this.#place.clientWidth;
    if (this.#data === null || width === 0) {
      return;
    }
    const axis = { stroke: colour('--muted'), font: font(), ticks: { show: false }, gap: 6 };
    const grid = { stroke: colour('--line'), width: 1 };
    this.#plot = new globalThis.uPlot(
      {
        width,
        height: HEIGHT,
        padding: [8, 14, 0, 0],
        cursor: { y: false, drag: { x: false, y: false }, points: { size: 6 } },
        legend: { show: false },
        hooks: {
          drawClear: [(plot) => shadeGaps(plot, this.#series)],
          setCursor: [(plot) => this.#writeKeys(plot.cursor.idx)],
        },
        scales: {
          x: { range: () => [now() / 1000 - this.#series.seconds, now() / 1000] },
          y: { range: (plot, min, max) => [0, Math.max(this.#least, (max ?? 0) * 1.1)] },
        },
        axes: [
          { ...axis, grid: { show: false }, space: 46, incrs: MINUTES, size: 24, values: (plot, times) => times.map(minute) },
          { ...axis, grid, space: 34, incrs: this.#steps, size: 54, values: (plot, values) => values.map((value) => this.#show(value)) },
        ],
        series: [
          {},
          ...this.#lines.map((line) => ({
            label: line.label,
            stroke: colour(line.colour),
            width: 1.75,
            fill: line.filled ? colour(line.colour, 14) : undefined,
            points: { show: false, size: 3, filter: alone },
          })),
        ],
      },
      this.#data,
      this.#place
    );
  }
}

/** What may lie between two marks of time, in seconds. */
const MINUTES = [1, 2, 5, 10, 15, 30, 60, 120, 180, 240, 360, 720].map((minutes) => minutes * 60);

/** Shades where nothing is known between what is. */
function shadeGaps(plot, series) {
  const { ctx, bbox } = plot;
  const { succeeded, times, step } = series;
  const at = (time) => Math.max(bbox.left, plot.valToPos(time, 'x', true));
  ctx.save();
  ctx.fillStyle = colour('--line', 60);
  for (let i = 0; i < times.length; i++) {
    if (succeeded[i] === null) {
      const begin = at(times[i] - step);
      while (succeeded[i + 1] === null) {
        i++;
      }
      ctx.fillRect(begin, bbox.top, at(times[i]) - begin, bbox.height);
    }
  }
  ctx.restore();
}

/** Returns which values have none beside them: no line would show them. */
function alone(plot, line) {
  const values = plot.data[line];
  const found = [];
  values.forEach((value, i) => {
    if (value !== null && (values[i - 1] ?? null) === null && (values[i + 1] ?? null) === null) {
      found.push(i);
    }
  });
  return found.length > 0 ? found : null;
}

/** Returns the time of day of a full minute. */
const minute = (seconds) => clock(seconds * 1000).slice(0, 5);

/** Returns round numbers from a power of ten on. */
const steps = (power) => Array.from({ length: 12 - power }, (_, i) => [1, 2, 5].map((n) => n * 10 ** (power + i))).flat();

const charts = new Set();

/** Draws all charts anew, after the colours changed. */
export function redrawCharts() {
  charts.forEach((chart) => chart.rebuild());
}

/** What may lie between two lines of a grid of times, in milliseconds. */
const LENGTHS = [
  ...[0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500],
  ...[1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21_600, 43_200].map((seconds) => seconds * 1000),
  ...[1, 2, 5, 10, 20, 50, 100].map((days) => days * 86_400_000),
];

/** Makes the charts that the service and each job have, each in its place below `root`. */
export function makeCharts(root) {
  const place = (name) => byId(`${root}-${name}`);
  const column = (name) => (series) => series.columns[name];
  const percentiles = (what) => [
    { label: 'p50', key: 'good', colour: '--good', values: column(`${what}P50Millis`) },
    { label: 'p95', key: 'busy', colour: '--busy', values: column(`${what}P95Millis`) },
    { label: 'p99', key: 'bad', colour: '--bad', values: column(`${what}P99Millis`) },
  ];
  const flow = new Chart(
    place('throughput'),
    'Throughput',
    [
      { label: 'succeeded', key: 'good', colour: '--good', filled: true, values: (series) => series.succeeded },
      { label: 'failed', key: 'bad', colour: '--bad', values: (series) => series.failed },
    ],
    perSecond,
    steps(-2),
    1
  );
  const kept = new Chart(
    place('depth'),
    'Depth',
    [
      { label: 'queued', key: 'busy', colour: '--busy', filled: true, values: column('queued') },
      { label: 'in flight', key: 'accent', colour: '--accent', values: column('inFlight') },
    ],
    short,
    steps(0),
    1
  );
  const run = new Chart(place('run'), 'Run time', percentiles('run'), length, LENGTHS, 0.1);
  const wait = new Chart(
    place('wait'),
    'Waiting time',
    [...percentiles('wait'), { label: 'oldest', key: 'accent', colour: '--accent', values: column('oldestMillis') }],
    length,
    LENGTHS,
    0.1
  );
  return {
    update(series) {
      if (series !== null) {
        [flow, kept, run, wait].forEach((chart) => chart.update(series));
      }
    },
  };
}

/** Draws the last values as a line in an SVG of 100 by 24, in which so many have their place. Gaps are left out. */
export function drawSpark(svg, values, places = 60) {
  const known = values.slice(-places);
  const most = Math.max(...known, 0.001);
  const points = known
    .map((value, i) => (value === null ? null : `${100 - (known.length - 1 - i) * (100 / (places - 1))},${22.5 - (value / most) * 20}`))
    .filter((point) => point !== null);
  setAttribute(svg.firstElementChild, 'points', points.join(' '));
}

const PRIORITIES = ['critical', 'high', 'normal', 'low'];

/** Shows a queue as a bar: a part for each priority, one for what is delayed, the whole for its capacity. */
export function drawMeter(meter, queue) {
  const parts = [...PRIORITIES.map((name) => [name, queue.queued[name]]), ['delayed', queue.delayed]];
  if (meter.children.length === 0) {
    parts.forEach(([name]) => meter.append(element('span', { class: name })));
    meter.setAttribute('role', 'img');
  }
  parts.forEach(([, count], i) => {
    const width = `${(100 * count) / queue.capacity}%`;
    if (meter.children[i].style.width !== width) {
      meter.children[i].style.width = width;
    }
  });
  const words = parts.filter(([, count]) => count > 0).map(([name, count]) => `${count} ${name}`);
  setAttribute(meter, 'aria-label', `Of ${queue.capacity} places: ${words.join(', ') || 'none taken'}`);
}

export { PRIORITIES };
