//! Jenkins' xUnit plugin holds a file against `junit-10.xsd` (the plugin's own, MIT, the licence is in the file) and
//! refuses it whole for one breach. Reads as much of XML Schema as that file uses: elements with attributes, children
//! in any order, one pattern.

use super::super::dom::{Element, parse};

const XSD: &str = include_str!("junit-10.xsd");

/// Every breach, each with the element it is in.
pub(super) fn breaches(root: &Element) -> Vec<String> {
    let text: String = uncommented(XSD);
    let schema = parse(text.as_bytes()).unwrap();
    let mut found = Vec::new();
    hold(&schema, root, &mut found);
    found
}

fn hold(schema: &Element, element: &Element, found: &mut Vec<String>) {
    let Some(rule) = schema
        .all("xs:element")
        .find(|rule| rule.attribute("name") == Some(element.name.as_str()))
    else {
        found.push(format!("<{}> is not known", element.name));
        return;
    };
    let attributes = descendants(rule, "xs:attribute");
    for (name, value) in &element.attributes {
        let Some(known) = attributes
            .iter()
            .find(|known| known.attribute("name") == Some(name.as_str()))
        else {
            found.push(format!("<{}> has no attribute {name}", element.name));
            continue;
        };
        if known.attribute("type") == Some("SUREFIRE_TIME") && !is_time(value) {
            found.push(format!("<{} {name}=\"{value}\"> is no time", element.name));
        }
    }
    for known in attributes {
        let name = known.attribute("name").unwrap_or_default();
        if known.attribute("use") == Some("required") && element.attribute(name).is_none() {
            found.push(format!("<{}> lacks {name}", element.name));
        }
    }
    let children = descendants(rule, "xs:element");
    for child in &element.children {
        if children
            .iter()
            .any(|known| known.attribute("ref") == Some(child.name.as_str()))
        {
            hold(schema, child, found);
        } else {
            found.push(format!("<{}> in <{}>", child.name, element.name));
        }
    }
}

fn descendants<'e>(element: &'e Element, name: &str) -> Vec<&'e Element> {
    let mut found = Vec::new();
    for child in &element.children {
        if child.name == name {
            found.push(child);
        }
        found.extend(descendants(child, name));
    }
    found
}

/// `SUREFIRE_TIME`: digits, commas between groups of three, at most three decimals.
fn is_time(value: &str) -> bool {
    let (whole, decimals) = value.split_once('.').unwrap_or((value, ""));
    whole.chars().all(|c| c.is_ascii_digit() || c == ',')
        && decimals.len() <= 3
        && decimals.chars().all(|c| c.is_ascii_digit())
}

fn uncommented(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("<!--") {
        out.push_str(before);
        rest = after.split_once("-->").map_or("", |(_, after)| after);
    }
    out + rest
}

#[test]
fn the_reader_of_the_schema_finds_breaches() {
    let wrong = parse(br#"<testsuites skipped="1"><testsuite name="a" tests="1" failures="0" time="1.2345"><testcase file="x"><oops/></testcase></testsuite></testsuites>"#);
    assert_eq!(
        breaches(&wrong.unwrap()),
        [
            "<testsuites> has no attribute skipped",
            "<testsuite time=\"1.2345\"> is no time",
            "<testsuite> lacks errors",
            "<testcase> has no attribute file",
            "<testcase> lacks name",
            "<oops> in <testcase>",
        ]
    );
}
