// A client that openapi-typescript makes of openapi.yaml, at a service: the job 'greet' logs what it gets.

import assert from 'node:assert/strict';
import createClient from 'openapi-fetch';
import type { components, paths } from './api.js';

type Job = components['schemas']['Job'];

const client = createClient<paths>({ baseUrl: process.env['LATIDO_URL'] ?? 'http://127.0.0.1:8080' });
const greet = { path: { job: 'greet' } };

const submitted = await client.POST('/api/jobs/{job}/executions', {
    params: { ...greet, header: { Prefer: 'wait=60' } },
    body: { name: 'Ada', amount: 1.5 },
});
assert.equal(submitted.response.status, 200);
assert.ok(submitted.data !== undefined && 'state' in submitted.data);
assert.equal(submitted.data.state, 'succeeded');

const read = await client.GET('/api/jobs/{job}', { params: greet });
const job: Job | undefined = read.data;
assert.equal(job?.name, 'greet');
assert.equal(job?.counters['succeeded'], 1);

const stopped = await client.POST('/api/jobs/{job}/stop', { params: greet });
assert.equal(stopped.data?.isRunning, false);

const unknown = await client.GET('/api/jobs/{job}', { params: { path: { job: 'nothing' } } });
assert.equal(unknown.response.status, 404);
assert.equal(unknown.error?.type, 'urn:latido:problem:unknown-job');

const refused = await client.GET('/api/jobs', { params: { query: { limit: 0 } } });
assert.equal(refused.response.status, 400);
assert.match(refused.error?.detail ?? '', /limit/);

console.log('the client works');
