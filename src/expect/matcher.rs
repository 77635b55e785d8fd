//! Tests a selected value.

use serde_json::Value as Json;

use super::selector::Selected;
use super::value::Content;
use super::{Surroundings, Unresolved, Value, parse_duration, rate, schema};
use crate::oauth::challenge;
use crate::scenario::model::{Comparison, Data, Matcher, Operand, Quantifier, Selector, Test};

/// Whether all tests of a matcher hold.
pub(super) fn holds(
    matcher: &Matcher,
    found: &Selected,
    at: &Selector,
    around: &dyn Surroundings,
) -> Result<bool, Unresolved> {
    for test in &matcher.tests {
        if !test_holds(test, found, at, around)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn test_holds(
    test: &Test,
    found: &Selected,
    at: &Selector,
    around: &dyn Surroundings,
) -> Result<bool, Unresolved> {
    match test {
        Test::Exists(wanted) => return Ok(exists(found) == *wanted),
        Test::Not(inner) => return Ok(!holds(inner, found, at, around)?),
        Test::OneOf(matchers) => {
            return any(matchers.iter().map(|matcher| holds(matcher, found, at, around)));
        }
        Test::Quantified(quantifier, inner) => return quantified(*quantifier, inner, found, at, around),
        Test::Length(inner) => return holds(inner, &length(found), at, around),
        Test::Bytes(inner) => return holds(inner, &bytes(found), at, around),
        Test::Type(name) => return Ok(has_type(&name.value, found)),
        Test::Lacks(data) => return Ok(!contains(found, &around.resolve(data)?)),
        Test::Contains(data) => return Ok(contains(found, &around.resolve(data)?)),
        Test::Members(members) if matches!(at, Selector::Challenge | Selector::Rate) => {
            return any(elements(found)
                .iter()
                .map(|one| members_hold(members, one, at, around)));
        }
        Test::Except(_) => return Ok(true),
        _ => {}
    }
    let Some(value) = combined(found) else {
        return absent(test, around);
    };
    match test {
        Test::Equals(data) | Test::SameAs(data) => Ok(equal(&value, &around.resolve(data)?, at)),
        Test::DiffersFrom(data) => Ok(!equal(&value, &around.resolve(data)?, at)),
        Test::Range(low, high) => Ok(between(&value, *low, *high)),
        Test::StatusClass(class) => Ok(value
            .number()
            .is_some_and(|n| (0.0..100.0).contains(&(n - 100.0 * f64::from(*class))))),
        Test::Matches(pattern) => Ok(value.text().is_some_and(|text| pattern.is_match(&text))),
        Test::Compare(comparison, data) => Ok(compare(&value, &around.resolve(data)?, *comparison)),
        Test::Fits(schema) => Ok(schema::fits(&value.to_json(), &around.resolve(schema)?.to_json())),
        Test::Near(to, by) => near(&value, &around.resolve(to)?, &around.resolve(by)?),
        Test::Members(members) => members_hold(members, &value, at, around),
        Test::Grows(factor) => Ok(grows(found, *factor)),
        _ => Ok(false),
    }
}

fn any(mut results: impl Iterator<Item = Result<bool, Unresolved>>) -> Result<bool, Unresolved> {
    results.try_fold(false, |so_far, one| Ok(so_far || one?))
}

fn absent(test: &Test, around: &dyn Surroundings) -> Result<bool, Unresolved> {
    match test {
        // A reference to `${omit}` means: must not be there.
        Test::Equals(data) => Ok(around.resolve(data)?.is_omit()),
        Test::DiffersFrom(_) => Ok(true),
        _ => Ok(false),
    }
}

fn exists(found: &Selected) -> bool {
    match found {
        Selected::One(_) => true,
        Selected::Many(values) => !values.is_empty(),
        _ => false,
    }
}

fn elements(found: &Selected) -> Vec<Value> {
    match found {
        Selected::One(Value {
            content: Content::Json(Json::Array(items)),
            ..
        }) => items.iter().cloned().map(Value::json).collect(),
        Selected::One(value) => vec![value.clone()],
        Selected::Many(values) => values.clone(),
        _ => Vec::new(),
    }
}

/// Several header lines are one value, joined as RFC 9110 §5.3 says.
pub(super) fn combined(found: &Selected) -> Option<Value> {
    match found {
        Selected::Many(values) if !values.is_empty() && values.iter().all(|v| v.text().is_some()) => {
            Some(Value::json(
                values
                    .iter()
                    .filter_map(Value::text)
                    .collect::<Vec<_>>()
                    .join(", "),
            ))
        }
        other => other.value(),
    }
}

fn quantified(
    quantifier: Quantifier,
    inner: &Matcher,
    found: &Selected,
    at: &Selector,
    around: &dyn Surroundings,
) -> Result<bool, Unresolved> {
    let all = elements(found);
    // Inside a quantifier each challenge is judged alone.
    let alone = if matches!(at, Selector::Challenges | Selector::Rates) {
        &Selector::ResultWhole
    } else {
        at
    };
    let mut hits = 0;
    for one in &all {
        if quantifier != Quantifier::Count && holds(inner, &Selected::One(one.clone()), alone, around)? {
            hits += 1;
        }
    }
    match quantifier {
        Quantifier::Each => Ok(!all.is_empty() && hits == all.len()),
        Quantifier::Any => Ok(hits > 0),
        Quantifier::None => Ok(hits == 0),
        Quantifier::Count => holds(inner, &Selected::One(Value::json(all.len())), alone, around),
    }
}

fn members_hold(
    members: &[(crate::scenario::model::Spanned<String>, Matcher)],
    value: &Value,
    at: &Selector,
    around: &dyn Surroundings,
) -> Result<bool, Unresolved> {
    let Content::Json(Json::Object(object)) = &value.content else {
        return Ok(false);
    };
    for (name, matcher) in members {
        let key = if matches!(at, Selector::Challenge | Selector::Challenges) {
            name.value.to_ascii_lowercase()
        } else {
            name.value.clone()
        };
        let found = object
            .get(&key)
            .map_or(Selected::Absent, |json| Selected::One(Value::json(json.clone())));
        let wanted_scheme = key == "scheme" && matches!(at, Selector::Challenge);
        let inner = if wanted_scheme {
            &Selector::Challenge
        } else {
            &Selector::ResultWhole
        };
        if !holds(matcher, &found, inner, around)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// JSON is compared by type; what HTTP carries as text is compared as text, schemes and outcomes without case.
fn equal(found: &Value, wanted: &Value, at: &Selector) -> bool {
    if let (true, Some(share)) = (
        is_number(found),
        wanted
            .text()
            .filter(|text| text.ends_with('%'))
            .and_then(|_| limit(wanted)),
    ) {
        return found.number().is_some_and(|number| (number - share).abs() < 1e-9);
    }
    if let (Content::Duration(_), _) | (_, Content::Duration(_)) = (&found.content, &wanted.content) {
        return found.as_duration().is_some() && found.as_duration() == wanted.as_duration();
    }
    match at {
        Selector::Challenge => found
            .text()
            .zip(wanted.text())
            .is_some_and(|(a, b)| a.eq_ignore_ascii_case(&b)),
        Selector::Header(_)
        | Selector::Body
        | Selector::InBody(_)
        | Selector::Output
        | Selector::Status
        | Selector::Exit => found.text().is_some() && found.text() == wanted.text(),
        _ => match (found.number(), wanted.number()) {
            (Some(a), Some(b)) if is_number(found) && is_number(wanted) => (a - b).abs() < f64::EPSILON,
            _ => found.to_json() == wanted.to_json(),
        },
    }
}

fn is_number(value: &Value) -> bool {
    matches!(value.content, Content::Json(Json::Number(_)))
}

fn between(value: &Value, low: Operand, high: Operand) -> bool {
    match (low, high) {
        (Operand::Duration(low), Operand::Duration(high)) => {
            value.as_duration().is_some_and(|d| d >= low && d <= high)
        }
        (Operand::Number(low) | Operand::Share(low), Operand::Number(high) | Operand::Share(high)) => {
            value.number().is_some_and(|n| n >= low && n <= high)
        }
        _ => false,
    }
}

fn compare(found: &Value, wanted: &Value, comparison: Comparison) -> bool {
    let pair = match (&found.content, &wanted.content) {
        (Content::Duration(a), _) => wanted.as_duration().map(|b| (a.as_secs_f64(), b.as_secs_f64())),
        _ => found
            .number()
            .zip(limit(wanted))
            .or_else(|| moment(found).zip(moment(wanted))),
    };
    pair.is_some_and(|(a, b)| match comparison {
        Comparison::Lt => a < b,
        Comparison::Lte => a <= b,
        Comparison::Gt => a > b,
        Comparison::Gte => a >= b,
    })
}

/// Seconds since 1970 of a text that is an RFC 3339 time.
fn moment(value: &Value) -> Option<f64> {
    let time: jiff::Timestamp = value.text()?.parse().ok()?;
    Some(time.as_duration().as_secs_f64())
}

/// A number, a share (`95%` = 0.95) or a duration in seconds.
pub(super) fn limit(value: &Value) -> Option<f64> {
    let text = value.text()?;
    if let Some(percent) = text.strip_suffix('%') {
        return percent.trim().parse::<f64>().ok().map(|p| p / 100.0);
    }
    value
        .number()
        .or_else(|| parse_duration(&text).map(|d| d.as_secs_f64()))
}

fn near(found: &Value, to: &Value, by: &Value) -> Result<bool, Unresolved> {
    let by = limit(by).ok_or_else(|| filter_error("near", "`by` is no number and no duration"))?;
    Ok(found
        .number()
        .zip(to.number())
        .is_some_and(|(a, b)| (a - b).abs() <= by))
}

fn filter_error(filter: &str, why: &str) -> Unresolved {
    Unresolved::Filter {
        filter: filter.to_owned(),
        why: why.to_owned(),
    }
}

fn grows(found: &Selected, factor: f64) -> bool {
    let gaps: Vec<f64> = elements(found)
        .iter()
        .filter_map(|v| v.as_duration().map(|d| d.as_secs_f64()))
        .collect();
    gaps.len() > 1 && gaps.windows(2).all(|pair| pair[1] >= pair[0] * factor)
}

/// Bytes of a text.
fn bytes(found: &Selected) -> Selected {
    let text = combined(found).and_then(|value| value.text());
    text.map_or(Selected::Absent, |text| Selected::One(Value::json(text.len())))
}

fn length(found: &Selected) -> Selected {
    let n = match found {
        Selected::Many(values) => values.len(),
        Selected::One(value) => match &value.content {
            Content::Json(Json::String(text)) => text.chars().count(),
            Content::Json(Json::Array(items)) => items.len(),
            Content::Json(Json::Object(members)) => members.len(),
            _ => return Selected::Absent,
        },
        _ => return Selected::Absent,
    };
    Selected::One(Value::json(n))
}

fn contains(found: &Selected, wanted: &Value) -> bool {
    elements(found)
        .iter()
        .any(|value| match (&value.content, wanted.text()) {
            (Content::Json(Json::String(text)), Some(part)) => text.contains(&part),
            (Content::Json(json), Some(part)) => {
                *json == wanted.to_json() || json.to_string().contains(&part)
            }
            (Content::Json(json), None) => *json == wanted.to_json(),
            _ => false,
        })
        || found.value().is_some_and(|all| all.to_json() == wanted.to_json())
}

fn has_type(name: &str, found: &Selected) -> bool {
    if is_grammar(name) {
        return exists(found) && grammar_problem(name, found).is_none();
    }
    let Some(value) = found.value() else {
        return name == "null";
    };
    match (&value.content, name) {
        (Content::Json(Json::String(_)), "string")
        | (Content::Json(Json::Number(_)), "number")
        | (Content::Json(Json::Bool(_)), "boolean")
        | (Content::Json(Json::Null), "null")
        | (Content::Json(Json::Array(_)), "array")
        | (Content::Json(Json::Object(_)), "object") => true,
        (Content::Json(Json::Number(n)), "integer") => n.is_i64() || n.is_u64(),
        _ => false,
    }
}

/// Whether a type is the grammar of a field.
pub(super) fn is_grammar(name: &str) -> bool {
    matches!(name, "challenges" | "ratelimit" | "ratelimit-policy")
}

/// What is wrong with a field under its grammar: challenges (RFC 9110 §11.6.1), or rate header fields.
pub(super) fn grammar_problem(name: &str, found: &Selected) -> Option<String> {
    if name != "challenges" {
        let value = combined(found)?.text()?;
        return rate::problem(&value, name == "ratelimit-policy");
    }
    let lines: Vec<String> = elements(found).iter().filter_map(Value::text).collect();
    let bytes: Vec<&[u8]> = lines.iter().map(String::as_bytes).collect();
    challenge::parse(&bytes)
        .problems
        .first()
        .map(|problem| format!("{} (at character {})", problem.what, problem.at + 1))
}

/// Turns a count among `total` into the value a matcher sees: a share when the matcher speaks of shares.
pub(super) fn count_value(count: usize, total: usize, matcher: &Matcher) -> Value {
    let share = matcher.tests.iter().any(|test| match test {
        Test::Compare(_, Data::Text(template)) | Test::Equals(Data::Text(template)) => template
            .pieces
            .iter()
            .any(|p| matches!(p, crate::scenario::model::Piece::Text(t) if t.trim_end().ends_with('%'))),
        Test::Range(Operand::Share(_), _) => true,
        _ => false,
    });
    if share && total > 0 {
        #[expect(clippy::cast_precision_loss, reason = "counts of requests are far below 2^52")]
        return Value::json(count as f64 / total as f64);
    }
    Value::json(count)
}
