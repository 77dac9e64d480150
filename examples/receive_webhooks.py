#!/usr/bin/env python3
"""Takes Outturn's webhooks and prints what they say, each once. Needs Python 3.9, nothing else; behind TLS in earnest.
    OUTTURN_WEBHOOK_SECRET=whsec_... receive_webhooks.py 18099
"""
import base64, hashlib, hmac, json, os, sys, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

KEY = base64.b64decode(os.environ["OUTTURN_WEBHOOK_SECRET"].removeprefix("whsec_"))
OLDEST = 300  # seconds
seen = set()  # in earnest a table: it outlives the process


def is_genuine(headers, body):
    """Whether one of the signatures is ours, of just now."""
    sent, stamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not stamp.isdigit() or abs(time.time() - int(stamp)) > OLDEST:
        return False
    signed = f"{sent}.{stamp}.".encode() + body
    ours = "v1," + base64.b64encode(hmac.new(KEY, signed, hashlib.sha256).digest()).decode()
    return any(hmac.compare_digest(ours, theirs) for theirs in headers.get("webhook-signature", "").split())


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        genuine = is_genuine(self.headers, body)
        if genuine and self.headers["webhook-id"] not in seen:
            message = json.loads(body)
            print(message["type"], json.dumps(message["data"]), flush=True)
            seen.add(self.headers["webhook-id"])
        # Answer at once, whatever is done with it: what takes longer than fifteen seconds comes again.
        self.send_response(204 if genuine else 401)
        self.end_headers()

    def log_message(self, *_):
        pass


ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Receiver).serve_forever()
