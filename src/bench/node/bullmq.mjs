/*
 * Puts work on BullMQ, as PeerLoad does on the others. Arguments: rate or latency, how many seconds to warm up, how many to
 * measure, the port of Redis, how many producers, the concurrency of the worker, "together" or "apart" (the worker in a
 * process of its own), and the longest pause between two works of an idle queue, in ms. Prints one JSON object.
 */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Queue, Worker } from 'bullmq';

const NAME = 'work';
const FIRST_ROUND = 500;
const MAX_ROUND = 2_000_000;
const GIVE_UP_MS = 120_000;
const REST = 'x'.repeat(200 - 11);

const [mode, warmUp, seconds, port, producers, concurrency, where, maxPause] = process.argv.slice(2);
const connection = { host: '127.0.0.1', port: Number(port), maxRetriesPerRequest: null };
const nanos = () => process.hrtime.bigint();

/** Takes and does nothing; tells of each that began and, once Redis has it, of each that is done. */
function work(began, completed) {
  const worker = new Worker(
    NAME,
    async job => began(Number(job.data.slice(0, 9)) - 100_000_000),
    { connection, concurrency: Number(concurrency) },
  );
  worker.on('completed', completed);
  worker.on('error', failure => console.error(failure));
  return worker;
}

if (mode === 'worker') {
  let done = 0;
  let isTelling = false;
  const worker = work(
    () => {},
    () => {
      done++;
      if (!isTelling) {
        isTelling = true;
        setImmediate(() => {
          isTelling = false;
          process.send({ done });
        });
      }
    },
  );
  process.on('disconnect', () => process.exit(0));
  await worker.waitUntilReady();
  process.send({ done });
} else {
  await measure();
}

async function measure() {
  let done = 0;
  let twice = 0;
  let started = [];
  let expected = 0;
  let settled = () => {};
  const tell = () => done >= expected && settled();

  if (where === 'apart') {
    const child = fork(fileURLToPath(import.meta.url), ['worker', ...process.argv.slice(3)]);
    let before = 0;
    await new Promise(ready => child.once('message', ready));
    child.on('message', message => {
      done += message.done - before;
      before = message.done;
      tell();
    });
  } else {
    const worker = work(
      number => {
        if (started[number] !== undefined) twice++;
        started[number] = nanos();
      },
      () => {
        done++;
        tell();
      },
    );
    await worker.waitUntilReady();
  }
  const queue = new Queue(NAME, { connection, defaultJobOptions: { removeOnComplete: true } });
  await queue.waitUntilReady();

  const add = number => queue.add(NAME, 100_000_000 + number + REST);

  function expect(count) {
    done = 0;
    started = [];
    expected = count;
    return new Promise((resolve, reject) => {
      const tooLong = setTimeout(() => reject(new Error(`only ${done} of ${count} were done`)), GIVE_UP_MS);
      settled = () => {
        clearTimeout(tooLong);
        resolve();
      };
    });
  }

  async function round(count) {
    const all = expect(count);
    const begun = nanos();
    let next = 0;
    const produce = async () => {
      while (next < count) await add(next++);
    };
    await Promise.all(Array.from({ length: Number(producers) }, produce));
    await all;
    if (twice > 0 || done !== count) throw new Error(`${done} of ${count} were done, and ${twice} twice`);
    return Number(nanos() - begun) / 1e9;
  }

  async function warm() {
    let count = FIRST_ROUND;
    let total = 0;
    let rate;
    do {
      const took = await round(count);
      total += took;
      rate = count / took;
      count = Math.floor(Math.min(MAX_ROUND, Math.max(count, Math.min(4 * count, (rate * Number(warmUp)) / 2))));
    } while (total < Number(warmUp));
    return rate;
  }

  async function rate() {
    const count = Math.floor(Math.min(MAX_ROUND, Math.max(FIRST_ROUND, (await warm()) * Number(seconds))));
    const took = await round(count);
    return { works: count, seconds: took, perSecond: count / took };
  }

  async function latency() {
    await warm();
    const count = Math.floor((Number(seconds) * 2000) / Number(maxPause));
    const all = expect(count);
    const handedIn = [];
    for (let i = 0; i < count; i++) {
      await new Promise(resolve => setTimeout(resolve, Math.random() * Number(maxPause)));
      handedIn.push(nanos());
      await add(i);
    }
    await all;
    const millis = handedIn.map((from, i) => Number(started[i] - from) / 1e6).sort((a, b) => a - b);
    return {
      samples: count,
      p50Millis: millis[Math.floor(count / 2)],
      p99Millis: millis[Math.floor(count * 0.99)],
      maxMillis: millis[count - 1],
    };
  }

  console.log(JSON.stringify(await (mode === 'rate' ? rate() : latency())));
  process.exit(0); // the worker apart ends with its channel
}
