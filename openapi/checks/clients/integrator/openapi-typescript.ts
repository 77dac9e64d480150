// Types alone: the front end brings its own fetch.
import type { components, paths } from "../../generated/openapi-typescript";
import { setting, tell } from "./story";

type Answer<Path extends keyof paths> = paths[Path] extends {
  get: { responses: { 200: { content: { "application/json": infer Body } } } };
} ? Body : never;

const headers = { Authorization: `Bearer ${setting("OUTTURN_TOKEN")}`, "Content-Type": "application/json" };

async function get<Path extends keyof paths>(path: Path, query: Record<string, string> = {}): Promise<Answer<Path>> {
  const response = await fetch(`${setting("OUTTURN_URL")}${path}?${new URLSearchParams(query)}`, { headers });
  if (!response.ok) throw new Error(`the server answered ${response.status}`);
  return (await response.json()) as Answer<Path>;
}

await tell({
  role: async () => (await get("/v1/me")).role,
  openMeetings: async (council_id) => {
    const page = await get("/v1/meetings", { register: "open", council_id });
    return page.data.map((meeting) => meeting.title);
  },
  send: async (key, role) => {
    const line: components["schemas"]["AttendanceLine"] = {
      meeting_id: setting("MEETING_ID"), council_id: setting("COUNCIL_ID"), role, status: "present",
    };
    const response = await fetch(`${setting("OUTTURN_URL")}/v1/attendance/bulk`, {
      method: "POST", headers: { ...headers, "Idempotency-Key": key }, body: JSON.stringify({ lines: [line] }),
    });
    const result = (await response.json()) as components["schemas"]["BulkResult"];
    return { created: result.created, codes: result.results.flatMap((one) => one.errors.map((fault) => fault.code)) };
  },
  statuses: async (meeting_id) => (await get("/v1/attendance", { meeting_id })).data.map((record) => record.status),
});
