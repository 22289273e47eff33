// An HTTP worker: it greets whoever the payload names. Node 18 or newer is all it needs.

import { createServer } from 'node:http';

const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) {
        chunks.push(chunk);
    }
    // The same for each attempt at an execution: what is done already is not to be done again.
    console.log('working on', request.headers['idempotency-key'], 'attempt', request.headers['latido-attempt']);
    const body = Buffer.concat(chunks).toString();
    const name = (body ? JSON.parse(body) : {}).name;
    const [status, value] = name
        ? [200, { greeting: `Hello, ${name}!` }]
        : [422, { error: 'the payload has no name' }]; // a 4xx is not tried again
    response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(value));
});

server.listen(Number(process.env.PORT ?? 8081), '127.0.0.1', () => {
    console.log(`ready on http://127.0.0.1:${server.address().port}/`);
});
