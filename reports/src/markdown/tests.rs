use super::render;
use crate::testing;
use proptest::prelude::*;

#[test]
fn the_verdict_comes_first_and_the_gravest_rule_before_others() {
    let page = render(&testing::record(), false, 900_000);
    assert!(
        page.starts_with("## Hallmark: failed, 3 rules broken, stale baseline\n"),
        "{}",
        &page[..80]
    );
    let at = |needle: &str| page.find(needle).unwrap_or_else(|| panic!("no {needle}"));
    assert!(at("#### BEARER-14") < at("#### BEARER-08"));
    assert!(at("#### BEARER-08") < at("### What could not be judged"));
    assert!(at("### What could not be judged") < at("#### CHAL-02"));
    assert!(at("#### CHAL-02") < at("### Who could reach what"));
    assert!(
        page.contains("| **leak** | tampered | read | alpha | deny | permit |"),
        "{page}"
    );
}

#[test]
fn a_long_page_keeps_its_tables_and_says_what_was_cut() {
    let mut record = testing::record();
    let check = testing::failing(&record);
    for number in 0..2_000 {
        let mut check = check.clone();
        check.rule = format!("TEST-{number:04}");
        record.checks.push(check);
    }
    for limit in [4_000, 50_000, 900_000] {
        let page = render(&record, false, limit);
        assert!(page.len() <= limit, "{} > {limit}", page.len());
        assert!(page.contains("Cut to stay within the size limit"));
        assert!(page.starts_with("## Hallmark: failed"));
    }
}

#[test]
fn what_a_peer_sent_stays_text() {
    let page = render(&testing::record(), false, 900_000);
    assert!(!page.contains("<img"), "HTML of a peer");
    assert!(!page.contains('\u{1b}'));
    assert!(
        page.contains("@&#8288;security") && !page.contains("@security"),
        "mention"
    );
}

/// Outside fences, every row of a table has as many cells as its head, and `details` are balanced.
fn well_formed(page: &str) -> Result<(), String> {
    let (mut fence, mut cells, mut depth) = (String::new(), 0, 0_i32);
    for line in page.lines() {
        let ticks: String = line.chars().take_while(|c| *c == '`').collect();
        if fence.is_empty() && ticks.len() >= 3 {
            fence = ticks;
        } else if !fence.is_empty() {
            if line == fence {
                fence.clear();
            }
            continue;
        }
        depth += i32::try_from(line.matches("<details>").count()).unwrap_or(0);
        depth -= i32::try_from(line.matches("</details>").count()).unwrap_or(0);
        if !line.starts_with('|') {
            cells = 0;
            continue;
        }
        let count = line.replace("\\\\", "").replace("\\|", "").matches('|').count();
        if cells != 0 && count != cells {
            return Err(format!("{count} bars instead of {cells}: {line}"));
        }
        cells = count;
    }
    if !fence.is_empty() || depth != 0 {
        return Err(format!("open fence `{fence}` or details ({depth})"));
    }
    Ok(())
}

#[test]
fn the_sample_is_well_formed() {
    for record in [
        testing::record(),
        testing::load_record(),
        testing::void(),
        testing::killed(),
    ] {
        well_formed(&render(&record, false, 900_000)).unwrap();
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_text_leaves_tables_fences_and_folds_whole(text in "(\\PC|\\p{C}|`{1,6}|\\||\\\\|<details>|</details>|~~~|\n|@a|#1){0,30}") {
        for record in [testing::poisoned(&text), testing::poisoned_load(&text)] {
            let page = render(&record, true, 900_000);
            well_formed(&page).map_err(TestCaseError::fail)?;
            prop_assert!(page.chars().all(|c| c == '\n' || c == '\t' || !c.is_control()));
        }
    }
}
