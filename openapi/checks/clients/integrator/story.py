"""The integrator example for any generated Python client: open meetings, a line that fails, its correction, a retry."""

import json
import os
import uuid

COUNCIL = uuid.UUID(os.environ["COUNCIL_ID"])
MEETING = uuid.UUID(os.environ["MEETING_ID"])
TOKEN = os.environ["OUTTURN_TOKEN"]
URL = os.environ["OUTTURN_URL"]


def result(response):
    """The number of created lines and the error codes of a bulk response."""
    codes = [error.code for line in response.results for error in line.errors]
    return {"created": response.created, "codes": codes}


def run(role, open_meetings, send, statuses):
    """Runs the steps of the example and prints their results as JSON."""
    results = [
        role(),
        open_meetings(),
        send(f"wrong-{MEETING}", "chief_executive"),
        send(f"right-{MEETING}", "lead_member"),
        send(f"right-{MEETING}", "lead_member"),
        statuses(),
    ]
    print(json.dumps(results))
