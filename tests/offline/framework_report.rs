//! How a framework report formats figures and texts.

use outturn::framework_report::format::{day, money, number, percent, thousands};
use outturn::framework_report::text::curly_apostrophes;
use outturn::progress::entry::Unit;
use outturn::rules::Rate;
use outturn::values::Number;

#[test]
fn figures_are_formatted_for_readers_without_losing_digits() {
    assert_eq!(day("2017-12-31".parse().expect("a day")), "31 December 2017");
    for (pence, text) in
        [(0, "£0.00"), (5, "£0.05"), (-123_456_789, "-£1,234,567.89"), (100_000, "£1,000.00")]
    {
        assert_eq!(money(pence), text);
    }
    for (count, text) in [(0, "0"), (999, "999"), (1_000, "1,000"), (-12_345_678, "-12,345,678")] {
        assert_eq!(thousands(count), text);
    }
    let formatted_percent = |n, d| Rate::new(n, d).percent().map(percent);
    assert_eq!(formatted_percent(13, 22).as_deref(), Some("59.09 %"));
    assert_eq!((formatted_percent(1, 1).as_deref(), formatted_percent(0, 0)), (Some("100.00 %"), None));
    assert_eq!(number(Unit::Percent, Number::from(60)), "60 %");
    assert_eq!(number(Unit::Pence, Number::from(125_050)), "£1,250.50");
    assert_eq!(number(Unit::Count, Number::from(2_535)), "2,535");
}

#[test]
fn apostrophes_become_typographic_and_other_quotes_do_not_change() {
    for (input, expected) in [
        ("the chairman's note", "the chairman\u{2019}s note"),
        ("Employers' Panel", "Employers\u{2019} Panel"),
        ("members'", "members\u{2019}"),
        ("King's Lynn", "King\u{2019}s Lynn"),
        ("cmd|'/c calc'!A1", "cmd|'/c calc'!A1"),
        ("'quoted'", "'quoted'"),
    ] {
        assert_eq!(curly_apostrophes(input), expected);
    }
}
