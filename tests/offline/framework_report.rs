//! Figures and texts as a reader meets them.

use outturn::framework_report::format::{day, money, number, percent, thousands};
use outturn::framework_report::text::curly_apostrophes;
use outturn::progress::entry::Unit;
use outturn::rules::Rate;
use outturn::values::Number;

#[test]
fn figures_are_exact_and_read_as_people_write_them() {
    assert_eq!(day("2017-12-31".parse().expect("a day")), "31 December 2017");
    for (pence, text) in
        [(0, "£0.00"), (5, "£0.05"), (-123_456_789, "-£1,234,567.89"), (100_000, "£1,000.00")]
    {
        assert_eq!(money(pence), text);
    }
    for (count, text) in [(0, "0"), (999, "999"), (1_000, "1,000"), (-12_345_678, "-12,345,678")] {
        assert_eq!(thousands(count), text);
    }
    let shown = |n, d| Rate::new(n, d).percent().map(percent);
    assert_eq!(shown(13, 22).as_deref(), Some("59.09 %"));
    assert_eq!((shown(1, 1).as_deref(), shown(0, 0)), (Some("100.00 %"), None));
    assert_eq!(number(Unit::Percent, Number::from(60)), "60 %");
    assert_eq!(number(Unit::Pence, Number::from(125_050)), "£1,250.50");
    assert_eq!(number(Unit::Count, Number::from(2_535)), "2,535");
}

#[test]
fn apostrophes_are_typographic_and_other_marks_stay() {
    for (typed, printed) in [
        ("the chairman's note", "the chairman\u{2019}s note"),
        ("Employers' Panel", "Employers\u{2019} Panel"),
        ("members'", "members\u{2019}"),
        ("King's Lynn", "King\u{2019}s Lynn"),
        ("cmd|'/c calc'!A1", "cmd|'/c calc'!A1"),
        ("'quoted'", "'quoted'"),
    ] {
        assert_eq!(curly_apostrophes(typed), printed);
    }
}
