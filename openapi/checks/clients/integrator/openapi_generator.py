from story import COUNCIL, MEETING, TOKEN, URL, result, run
from openapi_generator_outturn import ApiClient, Configuration
from openapi_generator_outturn.api.me_api import MeApi
from openapi_generator_outturn.api.meetings_api import MeetingsApi
from openapi_generator_outturn.models.attendance_line import AttendanceLine
from openapi_generator_outturn.models.attendance_lines import AttendanceLines
from openapi_generator_outturn.models.attendance_status import AttendanceStatus

client = ApiClient(Configuration(host=URL, access_token=TOKEN))
meetings = MeetingsApi(client)


def send(key, role):
    line = AttendanceLine(meeting_id=MEETING, council_id=COUNCIL, role=role, status=AttendanceStatus.PRESENT)
    return result(meetings.bulk_attendance(idempotency_key=key, attendance_lines=AttendanceLines(lines=[line])))


run(
    role=lambda: MeApi(client).get_me().role.value,
    open_meetings=lambda: [m.title for m in meetings.list_meetings(register="open", council_id=COUNCIL).data],
    send=send,
    statuses=lambda: [record.status.value for record in meetings.list_attendance(meeting_id=MEETING).data],
)
