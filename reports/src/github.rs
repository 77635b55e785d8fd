//! Annotations as workflow commands, one a line. GitHub shows ten of a kind per step and drops the rest without a
//! word, so they are grouped by rule, worst first, and the tenth says what is left.

use crate::headline::is_void;
use crate::load::{is_of_load, why_void};
use crate::record::{Check, Record, Verdict};
use crate::standing::{Standing, case_of, gravity, rule_of, title_of};
use crate::text::{count, one_line, visible};
use std::fmt::Write as _;

const SHOWN: usize = 10;

pub(crate) fn render(record: &Record, strict: bool) -> String {
    let mut errors = of_the_run(record);
    errors.extend(by_rule(record, |check| {
        let standing = Standing::of(check, strict);
        // That none of its promises was judged is said once, with the run.
        let said = is_void(record) && is_of_load(check);
        let errored = standing == Standing::Unjudged && check.verdict == Verdict::Errored;
        standing == Standing::Broken || (errored && !said)
    }));
    let warnings = by_rule(record, |check| match Standing::of(check, strict) {
        Standing::Missed => true,
        Standing::Unjudged => check.verdict == Verdict::NotTestable,
        _ => false,
    });
    let mut out = String::new();
    write_kind(&mut out, "error", &errors);
    write_kind(&mut out, "warning", &warnings);
    out
}

struct Annotation {
    file: String,
    line: u32,
    column: u32,
    title: String,
    message: String,
}

fn of_the_run(record: &Record) -> Vec<Annotation> {
    let mut list = Vec::new();
    let mut say = |file: &str, line, title: &str, message: String| {
        list.push(Annotation {
            file: file.to_owned(),
            line,
            column: 0,
            title: title.to_owned(),
            message,
        });
    };
    if !record.complete {
        let open = record.cases.iter().filter(|case| case.verdict.is_none()).count() as u64;
        say(
            "",
            0,
            "hallmark was cut short",
            format!("{} did not finish", count(open, "case")),
        );
    } else if record.is_empty() {
        say(
            "",
            0,
            "hallmark selected nothing",
            "the run selected no check".to_owned(),
        );
    }
    if let Some(load) = record.load.as_ref().filter(|_| is_void(record)) {
        say("", 0, "the load run is not valid", one_line(&why_void(load), 400));
    }
    if let Some(baseline) = &record.baseline {
        for stale in &baseline.stale {
            let why = stale.trouble();
            say(
                &baseline.file,
                stale.line,
                "stale baseline entry",
                format!("{}: {why}", stale.entry),
            );
        }
    }
    list
}

fn by_rule(record: &Record, wanted: impl Fn(&Check) -> bool) -> Vec<Annotation> {
    let mut checks: Vec<&Check> = record.checks.iter().filter(|check| wanted(check)).collect();
    checks.sort_by_key(|check| gravity(check));
    let mut groups: Vec<Vec<&Check>> = Vec::new();
    for check in checks {
        match groups
            .iter_mut()
            .find(|group| rule_of(group[0]) == rule_of(check))
        {
            Some(group) => group.push(check),
            None => groups.push(vec![check]),
        }
    }
    groups.iter().map(|group| annotation(group)).collect()
}

fn annotation(group: &[&Check]) -> Annotation {
    let check = group[0];
    let mut message = one_line(check.message.as_str(), 400);
    let _ = write!(
        message,
        "\nin {}",
        case_of(&check.scenario, &check.case, &check.revision)
    );
    if group.len() > 1 {
        let _ = write!(message, ", and {} more", group.len() - 1);
    }
    if let Some(unlock) = &check.unlock {
        let _ = write!(message, "\nto test it: {}", one_line(unlock.as_str(), 400));
    }
    if !check.repeat.is_empty() {
        let _ = write!(message, "\nrepeat: {}", one_line(check.repeat.as_str(), 400));
    }
    let statement = if check.rule.is_empty() {
        String::new()
    } else {
        format!(": {}", title_of(check))
    };
    Annotation {
        file: check.at.file.clone(),
        line: check.at.line,
        column: check.at.column,
        title: one_line(
            &format!("{} {}{statement}", rule_of(check), check.verdict.words()),
            120,
        ),
        message,
    }
}

fn write_kind(out: &mut String, kind: &str, list: &[Annotation]) {
    let total = list.len();
    let shown = if total > SHOWN { SHOWN - 1 } else { total };
    for annotation in &list[..shown] {
        write_one(out, kind, annotation);
    }
    if total > shown {
        let titles: Vec<&str> = list[shown..].iter().map(|each| each.title.as_str()).collect();
        let rest = Annotation {
            file: String::new(),
            line: 0,
            column: 0,
            title: format!("and {} more", total - shown),
            message: head(&titles, 20),
        };
        write_one(out, kind, &rest);
    }
}

fn head(titles: &[&str], max: usize) -> String {
    let mut text = titles.iter().take(max).copied().collect::<Vec<_>>().join("\n");
    if titles.len() > max {
        let _ = write!(text, "\nand {} more; the report lists all", titles.len() - max);
    }
    text
}

fn write_one(out: &mut String, kind: &str, annotation: &Annotation) {
    let Annotation {
        file,
        line,
        column,
        title,
        message,
    } = annotation;
    let mut properties = Vec::new();
    if !file.is_empty() {
        properties.push(format!("file={}", property(file)));
        if *line > 0 {
            properties.push(format!("line={line}"));
        }
        if *column > 0 && *line > 0 {
            properties.push(format!("col={column}"));
        }
    }
    properties.push(format!("title={}", property(title)));
    let _ = writeln!(out, "::{kind} {}::{}", properties.join(","), data(message));
}

fn data(text: &str) -> String {
    visible(text)
        .replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    #[test]
    fn never_more_than_ten_of_a_kind_and_the_last_says_what_is_left() {
        let mut record = testing::record();
        let check = testing::failing(&record);
        for number in 0..30 {
            let mut check = check.clone();
            check.rule = format!("TEST-{number:02}");
            record.checks.push(check);
        }
        let text = render(&record, false);
        let errors: Vec<&str> = text.lines().filter(|line| line.starts_with("::error ")).collect();
        assert_eq!(errors.len(), 10);
        assert!(
            errors[9].contains("TEST-05") && errors[9].contains("and 6 more"),
            "{}",
            errors[9]
        );
        assert!(!errors[8].contains("title=and "));
    }

    #[test]
    fn escapes_as_the_runner_unescapes() {
        assert_eq!(data("50%\r\nof a:b,c"), "50%25%0Aof a:b,c");
        assert_eq!(property("50%: a,b"), "50%25%3A a%2C b".replace(" b", "b"));
    }

    #[test]
    fn a_wrong_access_decision_comes_first() {
        let record = testing::record();
        let text = render(&record, false);
        let first_rule = text
            .lines()
            .find(|line| line.starts_with("::error file=scenarios/"))
            .unwrap_or_default();
        assert!(first_rule.contains("BEARER-14"), "{first_rule}");
    }
}
