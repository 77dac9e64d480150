import { getMe } from "../../generated/orval/me/me";
import { bulkAttendance, listAttendance, listMeetings } from "../../generated/orval/meetings/meetings";
import { setting, tell } from "./story";

const options = { headers: { Authorization: `Bearer ${setting("OUTTURN_TOKEN")}` } };

// The generated functions ask for paths: their server is the page's own.
const direct = globalThis.fetch;
globalThis.fetch = (path, init) => direct(`${setting("OUTTURN_URL")}${path}`, init);

function refused(answer: { status: number }): never {
  throw new Error(`the server answered ${answer.status}`);
}

await tell({
  role: async () => {
    const answer = await getMe(options);
    return answer.status === 200 ? answer.data.role : refused(answer);
  },
  openMeetings: async (council_id) => {
    const answer = await listMeetings({ register: "open", council_id }, options);
    return answer.status === 200 ? answer.data.data.map((meeting) => meeting.title) : refused(answer);
  },
  send: async (key, role) => {
    const line = { meeting_id: setting("MEETING_ID"), council_id: setting("COUNCIL_ID"), role, status: "present" as const };
    // A bulk request may be CSV too, so the generated function leaves the type of the body to its caller.
    const headers = { ...options.headers, "Content-Type": "application/json", "Idempotency-Key": key };
    const answer = await bulkAttendance({ lines: [line] }, {}, { headers });
    if (answer.status !== 200) refused(answer);
    const { created, results } = answer.data;
    return { created, codes: results.flatMap((result) => result.errors.map((fault) => fault.code)) };
  },
  statuses: async (meeting_id) => {
    const answer = await listAttendance({ meeting_id }, options);
    return answer.status === 200 ? answer.data.data.map((record) => record.status) : refused(answer);
  },
});
