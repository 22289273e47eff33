// Small charts, by uPlot, and sparklines.

import { element, setAttribute, setText } from './dom.js';
import { clock, perSecond, short } from './format.js';

const HEIGHT = 132;
const BACK = 300; // seconds

/** Returns what a custom property, or a share of it in percent, comes to in the colours of now. A canvas knows neither. */
function colour(name, share = 100) {
  const probe = document.body.appendChild(element('span', { hidden: '' }));
  probe.style.color = `color-mix(in srgb, var(${name}) ${share}%, transparent)`;
  const value = getComputedStyle(probe).color;
  probe.remove();
  return value;
}

const font = () => `11px ${getComputedStyle(document.body).fontFamily}`;

/** A chart of one or two lines over the last minutes that keeps to the width of its place and to the colours of the page. */
class Chart {
  #place;
  #lines;
  #show;
  #plot = null;
  #data = null;
  #drawn = 0;
  #name;
  #keys;
  #steps;
  #moment = element('span');

  /**
   * @param place where it goes; before it stands its caption
   * @param lines for each line its `label`, its `key` (a class), its `colour` (a custom property), whether it is `filled`
   * @param show writes a value
   * @param steps what may lie between the lines of the grid
   */
  constructor(place, name, lines, show, steps) {
    this.#place = place;
    this.#name = name;
    this.#lines = lines;
    this.#show = show;
    this.#steps = steps;
    place.setAttribute('role', 'img');
    this.#keys = lines.map(() => element('b'));
    const keys = lines.map((line, i) => element('li', { class: line.key }, `${line.label} `, this.#keys[i]));
    place.previousElementSibling.append(element('ul', { class: 'keys', 'aria-hidden': 'true' }, element('li', {}, this.#moment), ...keys));
    new ResizeObserver(() => this.#resize()).observe(place);
    charts.add(this);
  }

  update(times, ...lines) {
    if (this.#plot !== null && this.#drawn === times.at(-1)) {
      return; // a page changes more often than there are samples
    }
    this.#drawn = times.at(-1);
    this.#data = [times, ...lines];
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
    setAttribute(this.#place, 'aria-label', `${this.#name}: ${latest}`);
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
        hooks: { setCursor: [(plot) => this.#writeKeys(plot.cursor.idx)] },
        scales: {
          x: { range: () => [Date.now() / 1000 - BACK, Date.now() / 1000] },
          y: { range: (plot, min, max) => [0, Math.max(1, (max ?? 0) * 1.1)] },
        },
        axes: [
          { ...axis, grid: { show: false }, space: 40, incrs: [60, 120, 300], size: 24, values: (plot, times) => times.map(minute) },
          { ...axis, grid, space: 34, incrs: this.#steps, size: 44, values: (plot, values) => values.map((value) => short(value)) },
        ],
        series: [
          {},
          ...this.#lines.map((line) => ({
            label: line.label,
            stroke: colour(line.colour),
            width: 1.75,
            fill: line.filled ? colour(line.colour, 14) : undefined,
            points: { show: false },
          })),
        ],
      },
      this.#data,
      this.#place
    );
  }
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

/** Makes the two charts that the service and each job have. */
export function makeCharts(throughput, depth) {
  const flow = new Chart(
    throughput,
    'Throughput',
    [
      { label: 'succeeded', key: 'good', colour: '--good', filled: true },
      { label: 'failed', key: 'bad', colour: '--bad' },
    ],
    perSecond,
    steps(-2)
  );
  const kept = new Chart(
    depth,
    'Depth',
    [
      { label: 'waiting', key: 'busy', colour: '--busy', filled: true },
      { label: 'in flight', key: 'accent', colour: '--accent' },
    ],
    short,
    steps(0)
  );
  return {
    update(history) {
      flow.update(history.times, history.succeeded, history.failed);
      kept.update(history.times, history.depth, history.inFlight);
    },
  };
}

/** Draws values as a line in an SVG of 100 by 24. Gaps are left out. */
export function drawSpark(svg, values) {
  const known = values.slice(-60);
  const most = Math.max(...known, 0.001);
  const points = known
    .map((value, i) => (value === null ? null : `${100 - (known.length - 1 - i) * (100 / 59)},${22.5 - (value / most) * 20}`))
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
