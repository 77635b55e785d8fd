//! `or`: what else may hold, and what that is worth.

use super::super::{Context, tables};
use super::{Entry, of_entries};
use crate::scenario::fields;
use crate::scenario::model::{Alternative, Grade, Spanned};
use crate::scenario::suggest;
use crate::scenario::yaml::Node;

pub(in crate::scenario::decode) fn alternative(node: &Node, cx: &mut Context<'_>) -> Option<Alternative> {
    let Some(map) = node.map() else {
        cx.diagnostics
            .error(
                "wrong-type",
                &node.at,
                format!("an alternative must be a mapping, got {}", node.type_name()),
            )
            .help("`- { warn: what it means, status: 403 }`");
        return None;
    };
    let is_grade = |name: &str| tables::GRADES.contains(&name);
    let grades: Vec<Entry<'_>> = map
        .iter()
        .filter(|(key, _)| is_grade(&key.value))
        .map(|(k, v)| (k, v))
        .collect();
    let rest: Vec<Entry<'_>> = map
        .iter()
        .filter(|(key, _)| !is_grade(&key.value))
        .map(|(k, v)| (k, v))
        .collect();
    let [(grade, says)] = grades.as_slice() else {
        let unknown = rest
            .iter()
            .find(|(key, _)| !tables::EXPECT.names().any(|name| name == key.value));
        let slip = unknown.filter(|_| grades.is_empty());
        let at = grades.get(1).or(slip).map_or(&node.at, |(key, _)| &key.at);
        let near = slip.and_then(|(key, _)| suggest::nearest(&key.value, tables::GRADES.iter().copied()));
        let words = suggest::listed(tables::GRADES.iter().copied());
        cx.diagnostics
            .error("alternative-grade", at, "an alternative has one grade")
            .help(format!("one of {words}, with the sentence for the report"))
            .meant(near);
        return None;
    };
    let says = fields::text(says, cx.diagnostics)?.value;
    if rest.is_empty() {
        cx.diagnostics
            .error(
                "alternative-empty",
                &grade.at,
                "this alternative says nothing that must hold",
            )
            .help("add a selector, such as `outcome: refused`");
        return None;
    }
    let value = match grade.value.as_str() {
        "pass" => Grade::Pass,
        "warn" => Grade::Warn,
        "info" => Grade::Info,
        "review" => Grade::Review,
        _ => Grade::Skip,
    };
    let expect = of_entries(&rest, &node.at, cx);
    Some(Alternative {
        grade: Spanned {
            value,
            at: grade.at.clone(),
        },
        says,
        expect,
    })
}
