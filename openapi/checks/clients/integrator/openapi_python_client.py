from story import COUNCIL, MEETING, TOKEN, URL, result, run
from openapi_python_client_outturn import AuthenticatedClient
from openapi_python_client_outturn.api.me import get_me
from openapi_python_client_outturn.api.meetings import bulk_attendance, list_attendance, list_meetings
from openapi_python_client_outturn.models import AttendanceLine, AttendanceLines, AttendanceStatus, ListMeetingsRegister

client = AuthenticatedClient(base_url=URL, token=TOKEN, raise_on_unexpected_status=True)


def send(key, role):
    line = AttendanceLine(meeting_id=MEETING, council_id=COUNCIL, role=role, status=AttendanceStatus.PRESENT)
    return result(bulk_attendance.sync(client=client, body=AttendanceLines(lines=[line]), idempotency_key=key))


def open_meetings():
    page = list_meetings.sync(client=client, register=ListMeetingsRegister.OPEN, council_id=COUNCIL)
    return [meeting.title for meeting in page.data]


run(
    role=lambda: get_me.sync(client=client).role.value,
    open_meetings=open_meetings,
    send=send,
    statuses=lambda: [record.status.value for record in list_attendance.sync(client=client, meeting_id=MEETING).data],
)
