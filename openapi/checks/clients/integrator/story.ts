// The integrator's story, told by any typed client: what is owed, a line that fails, its correction, a retry, the result.

export interface Result {
  created: number;
  codes: string[];
}

export interface Client {
  role(): Promise<string>;
  openMeetings(councilId: string): Promise<string[]>;
  send(key: string, role: string): Promise<Result>;
  statuses(meetingId: string): Promise<string[]>;
}

declare const process: { env: Record<string, string> };

export function setting(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set`);
  return value;
}

export async function tell(client: Client): Promise<void> {
  const key = (name: string): string => `${name}-${setting("MEETING_ID")}`;
  const told = [
    await client.role(),
    await client.openMeetings(setting("COUNCIL_ID")),
    await client.send(key("wrong"), "chief_executive"),
    await client.send(key("right"), "lead_member"),
    await client.send(key("right"), "lead_member"),
    await client.statuses(setting("MEETING_ID")),
  ];
  console.log(JSON.stringify(told));
}
