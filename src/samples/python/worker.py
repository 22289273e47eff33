"""An HTTP worker: it greets whoever the payload names. Python 3 and its standard library are all it needs."""

import json
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Worker(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # keeps connections open

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        # The same for each attempt at an execution: what is done already is not to be done again.
        print("working on", self.headers["Idempotency-Key"], "attempt", self.headers["Latido-Attempt"], flush=True)
        name = (json.loads(body) if body else {}).get("name")
        if name:
            self.answer(200, {"greeting": f"Hello, {name}!"})
        else:
            self.answer(422, {"error": "the payload has no name"})  # a 4xx is not tried again

    def answer(self, status, value):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *ignored):
        pass


server = ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT", "8081"))), Worker)
print(f"ready on http://127.0.0.1:{server.server_port}/", flush=True)
server.serve_forever()
