//! Income less cost of one area, in pence.

use serde_json::json;

use super::builders::{Facts, LAST_DAY, Target, entries, entry, target};
use super::table::{check, row};

fn balance(requirement: &str) -> Target {
    target(json!({ "kind": "financial_balance", "area": "a", "requirement": requirement }))
}

/// An income of 100 pence and this cost.
fn cost(cost: i64) -> Facts {
    entries([entry(10, "2017-09-01").money(100, cost)])
}

#[test]
fn a_surplus_is_more_than_the_threshold_and_break_even_is_at_least_the_threshold() {
    let case = |name: &str, target: Target, cost_pence: i64, value: i64, threshold: i64, status: &str| {
        let reason = if status == "green" { "meets_threshold" } else { "misses_threshold" };
        row(name, &target, &cost(cost_pence)).value(value).status(status, reason).with(json!({ "unit": "pence",
            "threshold": threshold, "variance": value - threshold, "amber_from": threshold, "expected_by_now": null }))
    };
    check([
        case("a surplus of a penny", balance("surplus"), 99, 1, 0, "green"),
        case("a surplus of nothing", balance("surplus"), 100, 0, 0, "red"),
        case("a surplus, with a loss", balance("surplus"), 150, -50, 0, "red"),
        case("break even", balance("break_even"), 100, 0, 0, "green"),
        case("break even, with a loss of a penny", balance("break_even"), 101, -1, 0, "red"),
        case("a surplus over a stated 0", balance("surplus").at_least(0), 100, 0, 0, "red"),
        case("break even with a stated 0", balance("break_even").at_least(0), 100, 0, 0, "green"),
        case("a surplus over 50", balance("surplus").at_least(50), 49, 51, 50, "green"),
        case("exactly 50 is no surplus over 50", balance("surplus").at_least(50), 50, 50, 50, "red"),
        case("exactly 50 of 50", balance("break_even").at_least(50), 50, 50, 50, "green"),
        case("a tenth below has no amber", balance("break_even").at_least(50), 55, 45, 50, "red"),
        case("a loss that is allowed", balance("break_even").at_least(-50), 150, -50, -50, "green"),
        case("a larger loss", balance("break_even").at_least(-50), 151, -51, -50, "red"),
    ]);
}

#[test]
fn income_and_cost_of_all_entries_are_added_up() {
    let facts = entries([entry(10, "2017-05-01").money(150, 50), entry(11, "2017-06-01").money(0, 100)]);
    check([
        row("two entries", &balance("surplus"), &facts)
            .value(0)
            .status("red", "misses_threshold")
            .with(json!({ "detail": { "area": "a", "income_pence": 150, "cost_pence": 150 } }))
            .left_out([]),
        row("as far as the year has come", &balance("surplus").as_at("2017-05-31"), &facts)
            .value(100)
            .status("green", "meets_threshold")
            .with(json!({ "detail": { "area": "a", "income_pence": 150, "cost_pence": 50 } })),
        row("a balance is compared with its whole threshold on any day", &balance("surplus").at_least(365).as_at("2017-06-12"), &facts)
            .value(0)
            .status("red", "misses_threshold")
            .with(json!({ "expected_by_now": null, "amber_from": 365 })),
        row("a revision", &balance("surplus").at_least(0).revised("2017-06-01", -50), &facts)
            .value(0)
            .status("green", "meets_threshold")
            .with(json!({ "threshold": -50, "revision": { "previous_threshold": 0, "previous_status": "red" } })),
        row("the surplus is explained", &balance("surplus").as_at(LAST_DAY), &facts).explained(
            json!({ "comparison": { "amber": null, "green": { "left": "0", "operator": "more_than", "right": "0", "holds": false } } }),
        ),
    ]);
}
