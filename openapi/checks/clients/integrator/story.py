"""The integrator's story, told by any generated Python client: what is owed, a line that fails, its correction, a retry."""

import json
import os
import uuid

COUNCIL = uuid.UUID(os.environ["COUNCIL_ID"])
MEETING = uuid.UUID(os.environ["MEETING_ID"])
TOKEN = os.environ["OUTTURN_TOKEN"]
URL = os.environ["OUTTURN_URL"]


def result(answer):
    """What became of the lines of a bulk request."""
    codes = [fault.code for line in answer.results for fault in line.errors]
    return {"created": answer.created, "codes": codes}


def tell(role, open_meetings, send, statuses):
    told = [
        role(),
        open_meetings(),
        send(f"wrong-{MEETING}", "chief_executive"),
        send(f"right-{MEETING}", "lead_member"),
        send(f"right-{MEETING}", "lead_member"),
        statuses(),
    ]
    print(json.dumps(told))
