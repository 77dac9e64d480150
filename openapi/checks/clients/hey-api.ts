// What a front end does with the client that hey-api generates.
import { createClient } from "../generated/hey-api/client";
import { createAttendance, getFrameworkMetrics, listMeetings, updateMeeting } from "../generated/hey-api";
import type { Metric } from "../generated/hey-api";

const client = createClient({ baseUrl: "http://127.0.0.1:8080", auth: () => "token" });

export async function owed(councilId: string): Promise<string[]> {
  const { data, error } = await listMeetings({ client, query: { register: "open", council_id: councilId } });
  if (error) throw new Error(error.detail);
  return data.data.map((meeting) => meeting.title);
}

export async function present(meetingId: string, seatId: string): Promise<string> {
  const answer = await createAttendance({
    client,
    body: { meeting_id: meetingId, seat_id: seatId, status: "present" },
    throwOnError: true,
  });
  return answer.data.id;
}

export async function close(meetingId: string, version: number): Promise<void> {
  await updateMeeting({
    client,
    path: { id: meetingId },
    headers: { "If-Match": `"${version}"` },
    body: { register: "closed" },
    throwOnError: true,
  });
}

export async function red(frameworkId: string): Promise<Metric[]> {
  const { data } = await getFrameworkMetrics({ client, path: { id: frameworkId }, throwOnError: true });
  return data.data.filter((metric) => metric.status === "red");
}
