#!/usr/bin/env python3
"""Sends a register (CSV) to Outturn and retries until it is told what became of it. Needs Python 3.9, nothing else.
    OUTTURN_URL=https://outturn.example OUTTURN_CLIENT_ID=... OUTTURN_CLIENT_SECRET=... send_register.py register.csv
"""
import base64, hashlib, json, os, random, sys, time
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

BASE = os.environ["OUTTURN_URL"].rstrip("/")
AGAIN = {0, 409, 429, 500, 503}  # no answer, in hand, too many, a fault, away: ask again


def call(path, body, headers):
    """The status, headers and body of an answer; 0 where there was none."""
    try:
        with urlopen(Request(BASE + path, data=body, headers=headers), timeout=30) as answer:
            return answer.status, answer.headers, answer.read()
    except HTTPError as refusal:
        return refusal.code, refusal.headers, refusal.read()
    except OSError:
        return 0, {}, b""


def token():
    pair = f"{os.environ['OUTTURN_CLIENT_ID']}:{os.environ['OUTTURN_CLIENT_SECRET']}"
    headers = {"Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}
    status, _, body = call("/v1/auth/token", urlencode({"grant_type": "client_credentials"}).encode(), headers)
    if status in (400, 401):
        sys.exit("the client's id or secret is wrong, or it was revoked")
    return json.loads(body)["access_token"] if status == 200 else None


def send(register):
    """One key for this register, however often it is sent: the server does it once and answers the same."""
    headers = {"Content-Type": "text/csv", "Idempotency-Key": hashlib.sha256(register).hexdigest()}
    bearer, wait, until = None, 1, time.monotonic() + 15 * 60
    while time.monotonic() < until:
        bearer = bearer or token()
        if bearer:
            headers["Authorization"] = "Bearer " + bearer
            status, answered, body = call("/v1/attendance/bulk", register, headers)
            if status == 401:
                bearer = None  # it ended: get another
            elif status not in AGAIN or (status == 409 and json.loads(body)["code"] != "request_in_progress"):
                return status, json.loads(body)
            wait = max(wait, int(answered.get("Retry-After") or 0))
        time.sleep(wait + random.random())
        wait = min(wait * 2, 60)
    sys.exit("no answer; run it again with the same file, nothing is doubled")


status, answer = send(open(sys.argv[1], "rb").read())
if status != 200:
    sys.exit(json.dumps(answer, indent=2))
for line in answer["results"]:
    for error in line["errors"]:
        print(f"row {line['index'] + 2}, {error['pointer']}: {error['detail']}", file=sys.stderr)
print({count: answer[count] for count in ("received", "created", "updated", "unchanged", "stale", "failed")})
sys.exit(1 if answer["failed"] else 0)
