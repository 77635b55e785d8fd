use super::samples;
use super::{page, single};
use crate::testing;
use proptest::prelude::*;
use std::collections::BTreeSet;

/// A tag with its attributes, as a browser's tokenizer would read it.
#[derive(Debug, PartialEq)]
struct Tag {
    name: String,
    attributes: Vec<(String, String)>,
}

/// Reads all tags; text between them is dropped.
fn tags(page: &str) -> Vec<Tag> {
    let mut tags = Vec::new();
    let mut rest = page;
    while let Some(open) = rest.find('<') {
        rest = &rest[open + 1..];
        let name: String = rest
            .chars()
            .take_while(|c| !c.is_whitespace() && *c != '>')
            .collect();
        rest = &rest[name.len()..];
        let mut attributes = Vec::new();
        loop {
            rest = rest.trim_start();
            if let Some(after) = rest.strip_prefix('>') {
                rest = after;
                break;
            }
            let key: String = rest
                .chars()
                .take_while(|c| !matches!(c, '=' | '>' | ' '))
                .collect();
            assert!(!key.is_empty(), "unfinished tag <{name}");
            rest = &rest[key.len()..];
            let mut value = String::new();
            if let Some(after) = rest.strip_prefix("=\"") {
                let end = after.find('"').expect("closed attribute");
                after[..end].clone_into(&mut value);
                rest = &after[end + 1..];
            }
            attributes.push((key, value));
        }
        tags.push(Tag { name, attributes });
    }
    tags
}

fn names(page: &str) -> Vec<String> {
    tags(page).into_iter().map(|tag| tag.name).collect()
}

/// What must hold of any page.
fn sound(page: &str) -> Result<(), String> {
    let mut open: Vec<String> = Vec::new();
    let mut ids = BTreeSet::new();
    let mut targets = Vec::new();
    for Tag { name, attributes } in tags(page) {
        for (key, value) in attributes {
            match key.as_str() {
                "style" | "src" | "srcset" | "action" => return Err(format!("{key} of {name}")),
                "href" if value.starts_with('#') => targets.push(value[1..].to_owned()),
                "href" => {
                    let plain = ["https://", "http://"]
                        .iter()
                        .any(|scheme| value.starts_with(scheme));
                    if !plain && value != "style.css" && value != "record.json" {
                        return Err(format!("address {value}"));
                    }
                }
                "id" if !ids.insert(value.clone()) => return Err(format!("id {value} twice")),
                key if key.starts_with("on") => return Err(format!("handler {key}")),
                _ => {}
            }
        }
        match name.strip_prefix('/') {
            _ if matches!(name.as_str(), "!DOCTYPE" | "meta" | "link" | "br") => {}
            None if ["script", "img", "iframe", "object", "base", "form"].contains(&name.as_str()) => {
                return Err(format!("<{name}>"));
            }
            None => open.push(name),
            Some(closed) if open.last().is_some_and(|last| last == closed) => {
                open.pop();
            }
            Some(closed) => return Err(format!("</{closed}> closes {:?}", open.last())),
        }
    }
    if let Some(left) = open.last() {
        return Err(format!("<{left}> stays open"));
    }
    let hidden = page.chars().find(|c| c.is_control() && !matches!(c, '\n' | '\t'));
    if let Some(c) = hidden {
        return Err(format!("control character {c:?}"));
    }
    match targets.into_iter().find(|target| !ids.contains(target)) {
        Some(lost) => Err(format!("nothing has the id {lost}")),
        None => Ok(()),
    }
}

/// One element a line, so that a change of the page is a change of a few lines.
fn in_lines(page: &str) -> String {
    let mut out = page.to_owned();
    for tag in [
        "head", "meta", "title", "link", "body", "header", "main", "nav", "section", "article", "details",
        "summary", "div", "figure", "table", "tbody", "tr", "td", "th", "ul", "ol", "li", "dl", "dt", "dd",
        "h1", "h2", "h3", "p", "pre", "footer",
    ] {
        for end in [">", " "] {
            out = out.replace(&format!("<{tag}{end}"), &format!("\n<{tag}{end}"));
        }
    }
    out
}

#[test]
fn golden_pages() {
    insta::with_settings!({snapshot_path => "../../golden/html", prepend_module_to_snapshot => false, omit_expression => true}, {
        insta::assert_snapshot!("failures", in_lines(&page(&samples::record(), None, false)));
        for (name, record) in samples::all() {
            insta::assert_snapshot!(name, in_lines(&page(&record, None, false)));
        }
        insta::assert_snapshot!("load-compared", in_lines(&compared()));
    });
}

/// A run a tenth slower, beside the one before.
fn compared() -> String {
    let [before, after] =
        [(8, 100), (7, 110)].map(|(seed, slower)| testing::with(testing::load(seed, slower)));
    page(&after, Some(&before), false)
}

#[test]
fn every_page_is_sound() {
    sound(&compared()).unwrap();
    for (name, record) in samples::all()
        .into_iter()
        .chain([("failures", samples::record())])
    {
        for strict in [false, true] {
            sound(&page(&record, None, strict)).unwrap_or_else(|why| panic!("{name}: {why}"));
        }
        let single = single(&record, None, false);
        let (head, body) = single.split_once("</style>").unwrap();
        assert!(
            head.contains("<style>") && !body.contains("record.json\""),
            "{name}"
        );
    }
}

#[test]
fn the_verdict_comes_first_and_the_gravest_rule_before_others() {
    let page = page(&samples::record(), None, false);
    let at = |needle: &str| page.find(needle).unwrap_or_else(|| panic!("no {needle}"));
    assert!(page.contains("<title>Hallmark: failed, 3 rules broken, stale baseline"));
    let order = [
        "<h1",
        "id=\"broken\"",
        "id=\"rule-BEARER-14\"",
        "id=\"rule-BEARER-08\"",
        "id=\"unjudged\"",
        "id=\"missed\"",
        "id=\"baseline\"",
        "id=\"access\"",
        "id=\"coverage\"",
        "id=\"skipped\"",
        "id=\"checks\"",
        "id=\"run\"",
    ];
    assert!(order.is_sorted_by_key(|needle| at(needle)), "{:?}", order.map(at));
}

#[test]
fn one_failure_in_several_revisions_is_told_once() {
    let record = samples::all()
        .into_iter()
        .find(|(name, _)| *name == "revisions")
        .unwrap()
        .1;
    let page = page(&record, None, false);
    let failures = tags(&page)
        .iter()
        .filter(|tag| {
            tag.attributes
                .contains(&("class".to_owned(), "failure".to_owned()))
        })
        .count();
    assert_eq!(
        failures, 2,
        "two cases broke, one in three revisions and one in two"
    );
    assert!(page.contains("<b>2025-03-26</b>, <b>2025-06-18</b>, <b>2025-11-25</b>"));
    assert!(page.contains("<b>2025-03-26</b>, <b>2025-06-18</b></p>"));
}

#[test]
fn leaks_are_said_in_words_and_at_the_top() {
    let page = page(&samples::matrix(), None, false);
    let top = &page[..page.find("id=\"broken\"").unwrap()];
    assert!(top.contains(
        "<b>reader</b> got through with <b>read</b> in <b>beta/finance</b></a>, declared invisible"
    ));
    assert_eq!(page.matches("<span class=\"word\">LEAK</span>").count(), 2);
    assert!(page.contains("2,304 answers, 1,843,200 bytes"));
}

#[test]
fn a_large_run_stays_small() {
    let record = samples::large(5_000);
    let page = page(&record, None, false);
    assert!(page.len() < 3_000_000, "{} bytes", page.len());
    sound(&page).unwrap();
    for needle in ["row-1:", "row-4999:"] {
        assert!(page.contains(needle), "{needle} is listed");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn no_markup_of_a_load_run_survives(text in "(\\PC|\\p{C}|<|>|\"|'|&|</?[a-z]{1,8}>|<!--|-->|\n){1,24}") {
        let spoilt = page(&samples::hostile_load(&format!("x{text}")), None, true);
        sound(&spoilt).map_err(TestCaseError::fail)?;
        prop_assert_eq!(names(&spoilt), names(&page(&samples::hostile_load("x"), None, true)));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn no_markup_of_a_record_survives(text in "(\\PC|\\p{C}|<|>|\"|'|&|</?[a-z]{1,8}( [a-z]{2}=\"?)?/?>|<!--|-->|\\]\\]>|javascript:|\n){1,24}") {
        // A plain letter in front, so that no text is empty or a link in one record and not in the other.
        let spoilt = page(&samples::hostile(&format!("x{text}")), None, true);
        sound(&spoilt).map_err(TestCaseError::fail)?;
        prop_assert_eq!(names(&spoilt), names(&page(&samples::hostile("x"), None, true)));
    }
}
