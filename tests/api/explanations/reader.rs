//! Somebody who has nothing but an explanation's pages, adds up the rows, and judges the sum by the rule as it is told.
//! Shares no code with the server.

use chrono::NaiveDate;
use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::{Map, Value, json};

use crate::support::Person;

/// What the reader makes of it, in the metric's words.
#[derive(Debug, PartialEq)]
pub struct Recount {
    pub value: Value,
    pub value_percent: Value,
    pub numerator: Value,
    pub denominator: Value,
    pub status: String,
}

/// What a metric (or an explanation's head) says.
pub fn said(metric: &Value) -> Recount {
    Recount {
        value: metric["value"].clone(),
        value_percent: metric["value_percent"].clone(),
        numerator: metric["numerator"].clone(),
        denominator: metric["denominator"].clone(),
        status: metric["status"].as_str().expect("a status").to_owned(),
    }
}

/// An explanation, read page by page: its head, which is the same on each, and all its rows.
pub struct Pages {
    pub head: Value,
    pub rows: Vec<Value>,
}

impl Pages {
    pub async fn read(person: &Person, path: &str, limit: usize) -> Self {
        let joint = if path.contains('?') { '&' } else { '?' };
        let (mut head, mut rows, mut next) = (Value::Null, Vec::new(), String::new());
        loop {
            let answer = person.get(&format!("{path}{joint}limit={limit}{next}")).await.expect(200);
            let mut page = answer.body.clone();
            let page = page.as_object_mut().expect("an object");
            let data = page.remove("data").expect("data");
            let data = data.as_array().expect("rows");
            let cursor = page.remove("next_cursor").expect("a cursor or null");
            assert_eq!(page.remove("has_more"), Some(json!(!cursor.is_null())));
            assert_eq!(
                answer.header("link").is_empty(),
                cursor.is_null(),
                "the link is there as the cursor is"
            );
            assert!(cursor.is_null() || data.len() == limit, "a page that is not the last is full");
            let page = Value::Object(std::mem::take(page));
            assert!(head.is_null() || head == page, "the head is the same on each page");
            (head, next) = (page, format!("&cursor={}", cursor.as_str().unwrap_or_default()));
            rows.extend(data.iter().cloned());
            if cursor.is_null() {
                return Self { head, rows };
            }
        }
    }

    fn of_kind<'p>(&'p self, kind: &'p str) -> impl Iterator<Item = &'p Value> {
        self.rows.iter().filter(move |row| row["kind"] == kind)
    }

    fn rule(&self) -> &Value {
        &self.head["rule"]
    }

    fn measure(&self) -> &Value {
        &self.rule()["measure"]
    }

    fn day(&self, of: &Value) -> NaiveDate {
        of.as_str().and_then(|day| day.parse().ok()).expect("a day")
    }

    fn as_at(&self) -> NaiveDate {
        self.day(&self.head["as_at"])
    }

    /// The meetings that are the target's.
    fn own_meetings(&self) -> impl Iterator<Item = &Value> {
        let foreign = [
            "outside_window",
            "outside_responsibility",
            "role_not_counted",
            "group_not_selected",
            "kind_not_selected",
        ];
        self.of_kind("meeting").filter(move |row| !foreign.iter().any(|word| row["share"]["reason"] == *word))
    }

    /// The metric, recounted.
    pub fn recount(&self) -> Recount {
        self.rows.iter().for_each(|row| check(self.measure(), row));
        self.check_meetings();
        let counted: Vec<&Map<String, Value>> = self
            .rows
            .iter()
            .filter(|row| row["share"]["counts"] == "numerator" || row["share"]["counts"] == "denominator")
            .map(|row| row["share"].as_object().expect("a share"))
            .collect();
        let sum = |part: &str| counted.iter().filter_map(|share| share[part].as_i64()).sum::<i64>();
        let is_rate = counted.iter().any(|share| !share["denominator"].is_null());
        let (numerator, denominator) = (sum("numerator"), sum("denominator"));
        let has_value = self.is_nought() || !counted.is_empty() && (!is_rate || denominator > 0);
        let is_percent = self.head["unit"] == "percent";
        let amount = if !is_rate || self.head["unit"] == "count" { json!(numerator) } else { Value::Null };
        let shown = |it: Value, if_shown: bool| if if_shown { it } else { Value::Null };
        Recount {
            value: shown(amount, has_value),
            value_percent: shown(percent(numerator, denominator), has_value && is_percent),
            numerator: shown(json!(numerator), is_rate),
            denominator: shown(json!(denominator), is_rate),
            status: self.status(has_value.then_some((numerator, denominator)), is_rate).to_owned(),
        }
    }

    fn is_handed_over(&self) -> bool {
        let day = &self.rule()["handed_over_on"];
        day.is_string() && self.day(day) <= self.as_at()
    }

    /// Whether the value is that none was held: every planned meeting was cancelled.
    fn is_nought(&self) -> bool {
        let mut meetings = self.own_meetings().peekable();
        self.measure()["kind"] == "meetings_held"
            && !self.is_handed_over()
            && meetings.peek().is_some()
            && meetings.all(|row| row["share"]["reason"] == "meeting_cancelled")
    }

    fn status(&self, value: Option<(i64, i64)>, is_rate: bool) -> &'static str {
        let kind = self.measure()["kind"].as_str().expect("a kind");
        match (kind, value) {
            ("narrative", _) => "contextual",
            ("milestone", _) => self.milestone(),
            (_, None) => self.without_value(kind, is_rate),
            (_, Some(_)) if self.rule()["threshold"].is_null() => "contextual",
            (_, Some((n, d))) => self.judge(kind, n, if is_rate { Some(d) } else { None }),
        }
    }

    fn milestone(&self) -> &'static str {
        let state = self.of_kind("entry").find(|row| row["share"]["counts"] == "numerator");
        let state = state.and_then(|row| row["milestone_state"].as_str());
        let is_due = self.day(&self.rule()["due_on"]) <= self.as_at();
        match (state, is_due) {
            (Some("achieved"), _) => "green",
            (Some("missed"), _) | (Some(_), true) => "red",
            (_, false) => "not_due",
            (None, true) => "no_data",
        }
    }

    fn without_value(&self, kind: &str, is_rate: bool) -> &'static str {
        let basis = self.measure()["basis"].as_str().unwrap_or_default();
        let is_before_the_year = self.as_at() < self.day(&self.rule()["plan_from"]);
        let reads_meetings =
            ["attendance_rate", "meetings_held", "deliverable_per_meeting", "evaluation_rate"];
        let is_handed_over = self.is_handed_over();
        if reads_meetings.contains(&kind) || basis == "attendance" {
            let is_held = |row: &Value| {
                (row["status"] == "held" || row["status"] == "inquorate")
                    && row["share"]["reason"] != "meeting_in_future"
            };
            let is_to_come = |row: &Value| row["share"]["reason"] == "meeting_in_future";
            return match kind {
                "meetings_held" if is_handed_over => "not_applicable",
                _ if self.own_meetings().any(is_held) => "no_data",
                _ if self.own_meetings().any(is_to_come) => "not_due",
                _ if is_handed_over => "not_applicable",
                _ if is_before_the_year => "not_due",
                _ => "no_data",
            };
        }
        if kind == "ratio" && is_rate {
            return "not_applicable";
        }
        if basis == "membership" {
            let waits = is_before_the_year && self.measure()["when"] == "during";
            return if waits { "not_due" } else { "no_data" };
        }
        let is_silent = |row: &Value| {
            ["superseded", "entry_in_future", "outside_window"]
                .iter()
                .any(|word| row["share"]["reason"] == *word)
        };
        let waits =
            self.of_kind("entry").all(is_silent) && self.as_at() < self.day(&self.rule()["first_due_on"]);
        if waits { "not_due" } else { "no_data" }
    }

    fn judge(&self, kind: &str, numerator: i64, denominator: Option<i64>) -> &'static str {
        let rule = self.rule();
        let (threshold, tolerance) = (decimal(&rule["threshold"]), decimal(&rule["tolerance"]["value"]));
        let (value, per) = match denominator {
            Some(denominator) => {
                (Decimal::from(numerator) * Decimal::ONE_HUNDRED, Decimal::from(denominator))
            }
            None => (Decimal::from(numerator), Decimal::ONE),
        };
        let last = self.day(&rule["plan_until"]).pred_opt().expect("a day before");
        let has_profile = self.measure()["profile"].as_array().is_some_and(|points| !points.is_empty());
        let has_pace = rule["aim"] == "at_least" || has_profile;
        let in_course = matches!(kind, "meetings_held" | "count_total") && has_pace && self.as_at() < last;
        // Both sides are multiplied by the days of the year where an even pace is expected: nothing is divided.
        let (bar, scale) = if in_course { self.expected(kind, threshold) } else { (threshold, Decimal::ONE) };
        let at_least = rule["aim"] == "at_least";
        if in_course && at_least && bar.is_zero() && numerator == 0 {
            return "not_due";
        }
        let width = if rule["tolerance"]["kind"] == "absolute" {
            tolerance * scale
        } else {
            bar.abs() * tolerance / Decimal::ONE_HUNDRED
        };
        let (left, right) = (value * scale, bar * per);
        let edge = if at_least { bar - width } else { bar + width };
        let edge = if at_least { edge.max(bar.min(Decimal::ZERO)) } else { edge };
        let shown = (edge / scale).round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero);
        assert_eq!(decimal(&rule["amber_from"]), shown.normalize(), "the edge that is told is the one used");
        let edge = edge * per;
        let meets = |bound: Decimal| if at_least { left >= bound } else { left <= bound };
        let is_strict = self.measure()["requirement"] == "surplus";
        let status = if meets(right) && !(is_strict && left == right) {
            "green"
        } else if !tolerance.is_zero() && meets(edge) {
            "amber"
        } else {
            "red"
        };
        self.check_comparison(status, in_course);
        status
    }

    fn expected(&self, kind: &str, threshold: Decimal) -> (Decimal, Decimal) {
        if kind == "meetings_held" {
            let due = self.own_meetings().filter(|row| row["share"]["reason"] != "meeting_in_future").count();
            return (Decimal::from(due).min(threshold), Decimal::ONE);
        }
        let profile = self.measure()["profile"].as_array().expect("a profile");
        if !profile.is_empty() {
            let reached = profile.iter().rfind(|point| self.day(&point["by_on"]) <= self.as_at());
            let reached = reached.map_or(Decimal::ZERO, |point| decimal(&point["expected"]));
            return (reached.min(threshold), Decimal::ONE);
        }
        let (from, until) = (self.day(&self.rule()["plan_from"]), self.day(&self.rule()["plan_until"]));
        let days = (until - from).num_days();
        let elapsed = ((self.as_at() - from).num_days() + 1).clamp(0, days);
        (threshold * Decimal::from(elapsed), Decimal::from(days))
    }

    /// The two inequalities that are told say what the status says.
    fn check_comparison(&self, status: &str, in_course: bool) {
        let comparison = &self.head["comparison"];
        assert_eq!(comparison["against"], if in_course { "expected_by_now" } else { "threshold" });
        let holds = |told: &Value| {
            let side = |name: &str| {
                told[name].as_str().and_then(|text| text.parse::<i128>().ok()).expect("an integer")
            };
            let (left, right) = (side("left"), side("right"));
            let holds = match told["operator"].as_str().expect("an operator") {
                "at_least" => left >= right,
                "more_than" => left > right,
                "at_most" => left <= right,
                _ => left < right,
            };
            assert_eq!(told["holds"], holds, "{told}");
            holds
        };
        let colour = match (
            holds(&comparison["green"]),
            !comparison["amber"].is_null() && holds(&comparison["amber"]),
        ) {
            (true, _) => "green",
            (false, true) => "amber",
            (false, false) => "red",
        };
        assert_eq!(colour, status);
    }

    /// What the meetings tell of their registers is what their lines tell.
    fn check_meetings(&self) {
        if self.measure()["kind"] != "attendance_rate" || self.measure()["aggregate"] == "distinct" {
            return;
        }
        for meeting in self.of_kind("meeting").filter(|row| row["share"]["counts"] == "indirectly") {
            let lines: Vec<&Value> =
                self.of_kind("line").filter(|row| row["meeting_id"] == meeting["meeting_id"]).collect();
            let sum = |part: &str| lines.iter().filter_map(|row| row["share"][part].as_i64()).sum::<i64>();
            let turnout = &meeting["turnout"];
            assert_eq!(
                (&turnout["attended"], &turnout["expected"]),
                (&json!(sum("numerator")), &json!(sum("denominator")))
            );
        }
    }
}

fn decimal(number: &Value) -> Decimal {
    number.to_string().parse().expect("a number")
}

fn percent(numerator: i64, denominator: i64) -> Value {
    if denominator == 0 {
        return Value::Null;
    }
    let percent = Decimal::from(numerator) * Decimal::ONE_HUNDRED / Decimal::from(denominator);
    let shown = percent.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero).normalize();
    serde_json::from_str(&shown.to_string()).expect("a number")
}

/// That what a row adds is what its own facts say, and that it gives a reason for what it does not add.
fn check(measure: &Value, row: &Value) {
    let share = &row["share"];
    let (counts, reason) = (share["counts"].as_str().expect("how"), share["reason"].as_str());
    let adds = (share["numerator"].as_i64(), share["denominator"].as_i64());
    match counts {
        "excluded" => assert!(reason.is_some() && adds == (None, None), "{row}"),
        "indirectly" => assert!(reason.is_none() && adds == (None, None), "{row}"),
        "numerator" => assert!(reason.is_none() && adds.0.is_some(), "{row}"),
        "denominator" => assert!(adds.0 == Some(0) && adds.1.is_some(), "{row}"),
        other => panic!("{other}"),
    }
    match row["kind"].as_str().expect("a kind") {
        "line" if adds.1.is_some() => {
            let came = match row["status"].as_str() {
                Some("present" | "present_virtual") => 1,
                Some("substitute") => i64::from(measure["substitutes"] == "counted"),
                _ => 0,
            };
            assert_eq!(adds, (Some(came), Some(1)), "{row}");
            assert_eq!(reason.is_none(), came == 1, "{row}");
        }
        "evaluation" if adds.1.is_some() => {
            let ratings = row["ratings"].as_array().expect("ratings");
            let forms = |enough: bool| -> i64 {
                ratings
                    .iter()
                    .filter(|it| !enough || it["is_enough"] == true)
                    .filter_map(|it| it["forms"].as_i64())
                    .sum()
            };
            assert_eq!(adds, (Some(forms(true)), Some(forms(false))), "{row}");
        }
        "council" if adds.1.is_some() => assert_eq!(adds.0, Some(i64::from(row["covered"] == true)), "{row}"),
        "entry" if adds.0.is_some() => {
            let number = |name: &str| row[name].as_i64().unwrap_or(0);
            let expected = match measure["kind"].as_str().expect("a kind") {
                "count_total" => (Some(number("count")), None),
                "financial_balance" => (Some(number("income_pence") - number("cost_pence")), None),
                "milestone" => (Some(i64::from(row["milestone_state"] == "achieved")), None),
                _ => (row["numerator"].as_i64(), row["denominator"].as_i64()),
            };
            assert_eq!(adds, expected, "{row}");
        }
        _ => {}
    }
}
