// What a front end does with the types that openapi-typescript generates.
import type { components, operations, paths } from "../generated/openapi-typescript";

type Metric = components["schemas"]["Metric"];
type Measure = components["schemas"]["Measure"];
type Problem = components["schemas"]["Problem"];

/** A value as a dashboard shows it: every property is there, null where there is nothing. */
export function shown(metric: Metric): string {
  if (metric.unit === "percent") return metric.value_percent === null ? (metric.value_reason ?? "?") : `${metric.value_percent} %`;
  return metric.value === null ? (metric.value_reason ?? "?") : String(metric.value);
}

/** The discriminator narrows the union. */
export function roles(measure: Measure): string[] {
  return measure.kind === "attendance_rate" ? (measure.roles ?? []) : [];
}

export function faults(problem: Problem): string[] {
  return problem.errors.map((fault) => fault.pointer ?? fault.parameter ?? fault.header ?? "");
}

export const newCouncil: operations["createCouncil"]["requestBody"]["content"]["application/json"] = {
  name: "Norfolk County Council",
  kind: "county",
};

export type Page = paths["/v1/councils"]["get"]["responses"]["200"]["content"]["application/json"];
export const next = (page: Page): string | null => page.next_cursor;
