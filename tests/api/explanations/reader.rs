//! A reader of explanations: adds up the rows and derives the status from the rule of the
//! explanation. It shares no code with the server.

use chrono::NaiveDate;
use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::{Map, Value, json};

use crate::support::Caller;

/// The figures of a metric.
#[derive(Debug, PartialEq)]
pub struct Figures {
    pub value: Value,
    pub value_percent: Value,
    pub numerator: Value,
    pub denominator: Value,
    pub status: String,
}

impl Figures {
    /// Reads the figures of a metric, or of an explanation without its rows.
    pub fn from_metric(metric: &Value) -> Self {
        Self {
            value: metric["value"].clone(),
            value_percent: metric["value_percent"].clone(),
            numerator: metric["numerator"].clone(),
            denominator: metric["denominator"].clone(),
            status: metric["status"].as_str().expect("a status").to_owned(),
        }
    }
}

/// An explanation that was read page by page. `head` contains the members that are the same on each
/// page.
pub struct Pages {
    pub head: Value,
    pub rows: Vec<Value>,
}

impl Pages {
    pub async fn read(caller: &Caller, path: &str, limit: usize) -> Self {
        let separator = if path.contains('?') { '&' } else { '?' };
        let (mut head, mut rows, mut next) = (Value::Null, Vec::new(), String::new());
        loop {
            let response = caller.get(&format!("{path}{separator}limit={limit}{next}")).await.expect(200);
            let mut page = response.body.clone();
            let page = page.as_object_mut().expect("an object");
            let data = page.remove("data").expect("data");
            let data = data.as_array().expect("rows");
            let cursor = page.remove("next_cursor").expect("a cursor or null");
            assert_eq!(page.remove("has_more"), Some(json!(!cursor.is_null())));
            assert_eq!(
                response.header("link").is_empty(),
                cursor.is_null(),
                "the Link header exists if there is a cursor"
            );
            assert!(cursor.is_null() || data.len() == limit, "every page but the last has `limit` rows");
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

    fn day(&self, value: &Value) -> NaiveDate {
        value.as_str().and_then(|day| day.parse().ok()).expect("a day")
    }

    fn as_at(&self) -> NaiveDate {
        self.day(&self.head["as_at"])
    }

    /// Returns the meetings that the target counts.
    fn own_meetings(&self) -> impl Iterator<Item = &Value> {
        let not_counted = [
            "outside_window",
            "outside_responsibility",
            "role_not_counted",
            "group_not_selected",
            "kind_not_selected",
        ];
        self.of_kind("meeting")
            .filter(move |row| !not_counted.iter().any(|word| row["share"]["reason"] == *word))
    }

    /// Recomputes the figures from the rows and the rule.
    pub fn recount(&self) -> Figures {
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
        let has_value =
            self.is_zero_by_cancellation() || !counted.is_empty() && (!is_rate || denominator > 0);
        let is_percent = self.head["unit"] == "percent";
        let value = if !is_rate || self.head["unit"] == "count" { json!(numerator) } else { Value::Null };
        let value_if = |condition: bool, value: Value| if condition { value } else { Value::Null };
        Figures {
            value: value_if(has_value, value),
            value_percent: value_if(has_value && is_percent, percent(numerator, denominator)),
            numerator: value_if(is_rate, json!(numerator)),
            denominator: value_if(is_rate, json!(denominator)),
            status: self.status(has_value.then_some((numerator, denominator)), is_rate).to_owned(),
        }
    }

    fn is_handed_over(&self) -> bool {
        let day = &self.rule()["handed_over_on"];
        day.is_string() && self.day(day) <= self.as_at()
    }

    /// Returns whether the value is zero because every planned meeting was cancelled.
    fn is_zero_by_cancellation(&self) -> bool {
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
            let is_early = is_before_the_year && self.measure()["when"] == "during";
            return if is_early { "not_due" } else { "no_data" };
        }
        let is_ignored = |row: &Value| {
            ["superseded", "entry_in_future", "outside_window"]
                .iter()
                .any(|word| row["share"]["reason"] == *word)
        };
        let is_early =
            self.of_kind("entry").all(is_ignored) && self.as_at() < self.day(&self.rule()["first_due_on"]);
        if is_early { "not_due" } else { "no_data" }
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
        let uses_expected_by_now =
            matches!(kind, "meetings_held" | "count_total") && has_pace && self.as_at() < last;
        // An even pace multiplies both sides by the days of the year, to avoid a division.
        let (target_value, scale) =
            if uses_expected_by_now { self.expected(kind, threshold) } else { (threshold, Decimal::ONE) };
        let at_least = rule["aim"] == "at_least";
        if uses_expected_by_now && at_least && target_value.is_zero() && numerator == 0 {
            return "not_due";
        }
        let width = if rule["tolerance"]["kind"] == "absolute" {
            tolerance * scale
        } else {
            target_value.abs() * tolerance / Decimal::ONE_HUNDRED
        };
        let (left, right) = (value * scale, target_value * per);
        let amber_bound = if at_least { target_value - width } else { target_value + width };
        let amber_bound =
            if at_least { amber_bound.max(target_value.min(Decimal::ZERO)) } else { amber_bound };
        let rounded = (amber_bound / scale).round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero);
        assert_eq!(
            decimal(&rule["amber_from"]),
            rounded.normalize(),
            "`amber_from` is the bound that the status uses"
        );
        let amber_bound = amber_bound * per;
        let meets = |bound: Decimal| if at_least { left >= bound } else { left <= bound };
        let is_strict = self.measure()["requirement"] == "surplus";
        let status = if meets(right) && !(is_strict && left == right) {
            "green"
        } else if !tolerance.is_zero() && meets(amber_bound) {
            "amber"
        } else {
            "red"
        };
        self.check_comparison(status, uses_expected_by_now);
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

    /// Asserts that the inequalities of the comparison give the same status.
    fn check_comparison(&self, status: &str, uses_expected_by_now: bool) {
        let comparison = &self.head["comparison"];
        assert_eq!(comparison["against"], if uses_expected_by_now { "expected_by_now" } else { "threshold" });
        let evaluate = |inequality: &Value| {
            let side = |name: &str| {
                inequality[name].as_str().and_then(|text| text.parse::<i128>().ok()).expect("an integer")
            };
            let (left, right) = (side("left"), side("right"));
            let holds = match inequality["operator"].as_str().expect("an operator") {
                "at_least" => left >= right,
                "more_than" => left > right,
                "at_most" => left <= right,
                _ => left < right,
            };
            assert_eq!(inequality["holds"], holds, "{inequality}");
            holds
        };
        let colour = match (
            evaluate(&comparison["green"]),
            !comparison["amber"].is_null() && evaluate(&comparison["amber"]),
        ) {
            (true, _) => "green",
            (false, true) => "amber",
            (false, false) => "red",
        };
        assert_eq!(colour, status);
    }

    /// Asserts that the turnout of each meeting is the sum of its lines.
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
    let rounded = percent.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero).normalize();
    serde_json::from_str(&rounded.to_string()).expect("a number")
}

/// Asserts that the share of a row follows from its members, and that an excluded row has a reason.
fn check(measure: &Value, row: &Value) {
    let share = &row["share"];
    let (counts, reason) = (share["counts"].as_str().expect("how the row counts"), share["reason"].as_str());
    let added = (share["numerator"].as_i64(), share["denominator"].as_i64());
    match counts {
        "excluded" => assert!(reason.is_some() && added == (None, None), "{row}"),
        "indirectly" => assert!(reason.is_none() && added == (None, None), "{row}"),
        "numerator" => assert!(reason.is_none() && added.0.is_some(), "{row}"),
        "denominator" => assert!(added.0 == Some(0) && added.1.is_some(), "{row}"),
        other => panic!("unknown value of `counts`: {other}"),
    }
    match row["kind"].as_str().expect("a kind") {
        "line" if added.1.is_some() => {
            let attended = match row["status"].as_str() {
                Some("present" | "present_virtual") => 1,
                Some("substitute") => i64::from(measure["substitutes"] == "counted"),
                _ => 0,
            };
            assert_eq!(added, (Some(attended), Some(1)), "{row}");
            assert_eq!(reason.is_none(), attended == 1, "{row}");
        }
        "evaluation" if added.1.is_some() => {
            let ratings = row["ratings"].as_array().expect("ratings");
            let forms = |only_enough: bool| -> i64 {
                ratings
                    .iter()
                    .filter(|it| !only_enough || it["is_enough"] == true)
                    .filter_map(|it| it["forms"].as_i64())
                    .sum()
            };
            assert_eq!(added, (Some(forms(true)), Some(forms(false))), "{row}");
        }
        "council" if added.1.is_some() => {
            assert_eq!(added.0, Some(i64::from(row["covered"] == true)), "{row}")
        }
        "entry" if added.0.is_some() => {
            let number = |name: &str| row[name].as_i64().unwrap_or(0);
            let expected = match measure["kind"].as_str().expect("a kind") {
                "count_total" => (Some(number("count")), None),
                "financial_balance" => (Some(number("income_pence") - number("cost_pence")), None),
                "milestone" => (Some(i64::from(row["milestone_state"] == "achieved")), None),
                _ => (row["numerator"].as_i64(), row["denominator"].as_i64()),
            };
            assert_eq!(added, expected, "{row}");
        }
        _ => {}
    }
}
