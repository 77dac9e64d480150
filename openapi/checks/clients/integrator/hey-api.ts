import { createClient } from "../../generated/hey-api/client";
import { bulkAttendance, getMe, listAttendance, listMeetings } from "../../generated/hey-api";
import { setting, tell } from "./story";

const client = createClient({ baseUrl: setting("OUTTURN_URL"), auth: () => setting("OUTTURN_TOKEN") });
const throwOnError = true;

await tell({
  role: async () => (await getMe({ client, throwOnError })).data.role,
  openMeetings: async (council_id) => {
    const { data } = await listMeetings({ client, query: { register: "open", council_id }, throwOnError });
    return data.data.map((meeting) => meeting.title);
  },
  send: async (key, role) => {
    const line = { meeting_id: setting("MEETING_ID"), council_id: setting("COUNCIL_ID"), role, status: "present" as const };
    const { data } = await bulkAttendance({ client, headers: { "Idempotency-Key": key }, body: { lines: [line] }, throwOnError });
    return { created: data.created, codes: data.results.flatMap((result) => result.errors.map((fault) => fault.code)) };
  },
  statuses: async (meeting_id) => {
    const { data } = await listAttendance({ client, query: { meeting_id }, throwOnError });
    return data.data.map((record) => record.status);
  },
});
