import { Configuration, MeApi, MeetingsApi } from "../../generated/typescript-fetch";
import { setting, tell } from "./story";

const configuration = new Configuration({ basePath: setting("OUTTURN_URL"), accessToken: setting("OUTTURN_TOKEN") });
const meetings = new MeetingsApi(configuration);

await tell({
  role: async () => (await new MeApi(configuration).getMe()).role,
  openMeetings: async (councilId) => {
    const page = await meetings.listMeetings({ register: "open", councilId });
    return page.data.map((meeting) => meeting.title);
  },
  send: async (idempotencyKey, role) => {
    const line = { meetingId: setting("MEETING_ID"), councilId: setting("COUNCIL_ID"), role, status: "present" as const };
    const result = await meetings.bulkAttendance({ idempotencyKey, attendanceLines: { lines: [line] } });
    return { created: result.created, codes: result.results.flatMap((one) => one.errors.map((fault) => fault.code)) };
  },
  statuses: async (meetingId) => (await meetings.listAttendance({ meetingId })).data.map((record) => record.status),
});
