//! Forms of a page (WHATWG HTML §4.10.22): which is meant, and what a browser would send. Pure.

use scraper::{ElementRef, Html, Selector};
use url::Url;

use crate::target::Page;

/// What a person does on a page.
pub(super) struct Filling<'a> {
    /// Field → value.
    pub values: Vec<(String, String)>,
    /// The button that refuses is pressed, where the page has one.
    pub deny: bool,
    /// Scopes that were asked for.
    pub asked: &'a [String],
    /// The scopes that are left ticked.
    pub narrow: Option<&'a [String]>,
}

/// What is sent. Its fields are credentials.
pub(super) struct Submission {
    pub url: Url,
    pub post: bool,
    pub fields: Vec<(String, String)>,
    /// A box was left empty, as was wished.
    pub narrowed: bool,
}

/// The first of the pages whose form is there.
pub(super) fn matching(html: &str, pages: &[Page]) -> Option<usize> {
    let document = Html::parse_document(html);
    pages.iter().position(|page| {
        Selector::parse(&page.form.value).is_ok_and(|wanted| document.select(&wanted).next().is_some())
    })
}

/// What a browser would send after this filling.
pub(super) fn submission(
    html: &str,
    place: &Url,
    page: &Page,
    filling: &Filling<'_>,
) -> Result<Submission, String> {
    let document = Html::parse_document(html);
    let form = first(&document, &page.form.value)?;
    let denied = page.deny.as_ref().filter(|_| filling.deny);
    let button = match denied.or(page.press.as_ref()) {
        Some(css) => Some(first(&document, &css.value)?),
        None => None,
    };
    let (mut fields, narrowed) = controls(form, filling);
    for (name, value) in &filling.values {
        fields.retain(|(other, _)| other != name);
        fields.push((name.clone(), value.clone()));
    }
    let mut action = form.attr("action").unwrap_or_default();
    let mut method = form.attr("method").unwrap_or("get");
    if let Some(button) = button {
        if let Some(name) = button.attr("name") {
            fields.push((
                name.to_owned(),
                button.attr("value").unwrap_or_default().to_owned(),
            ));
        }
        action = button.attr("formaction").unwrap_or(action);
        method = button.attr("formmethod").unwrap_or(method);
    }
    let url = if action.is_empty() {
        place.clone()
    } else {
        place
            .join(action)
            .map_err(|error| format!("the form's action is no URL: {error}"))?
    };
    Ok(Submission {
        url,
        post: method.eq_ignore_ascii_case("post"),
        fields,
        narrowed,
    })
}

fn first<'d>(document: &'d Html, css: &str) -> Result<ElementRef<'d>, String> {
    let wanted = Selector::parse(css).map_err(|_| format!("`{css}` is no CSS selector"))?;
    document
        .select(&wanted)
        .next()
        .ok_or_else(|| format!("nothing matches `{css}`"))
}

/// The successful controls, and whether a box was left empty.
fn controls(form: ElementRef<'_>, filling: &Filling<'_>) -> (Vec<(String, String)>, bool) {
    let mut fields = Vec::new();
    let mut narrowed = false;
    let Ok(all) = Selector::parse("input, textarea, select") else {
        return (fields, narrowed);
    };
    for control in form.select(&all) {
        let Some(name) = control.attr("name").filter(|name| !name.is_empty()) else {
            continue;
        };
        if control.attr("disabled").is_some() {
            continue;
        }
        let value = match control.value().name() {
            "textarea" => Some(control.text().collect()),
            "select" => chosen(control),
            _ => input(control, filling, &mut narrowed),
        };
        fields.extend(value.map(|value| (name.to_owned(), value)));
    }
    (fields, narrowed)
}

fn input(control: ElementRef<'_>, filling: &Filling<'_>, narrowed: &mut bool) -> Option<String> {
    let kind = control.attr("type").unwrap_or("text").to_ascii_lowercase();
    match kind.as_str() {
        "submit" | "button" | "image" | "reset" | "file" => None,
        "checkbox" | "radio" => {
            let value = control.attr("value").unwrap_or("on").to_owned();
            let ticked = control.attr("checked").is_some();
            match filling.narrow {
                Some(kept) if kept.contains(&value) => Some(value),
                Some(_) if filling.asked.contains(&value) => {
                    *narrowed = true;
                    None
                }
                _ => ticked.then_some(value),
            }
        }
        _ => Some(control.attr("value").unwrap_or_default().to_owned()),
    }
}

/// The chosen option of a list, else its first.
fn chosen(list: ElementRef<'_>) -> Option<String> {
    let wanted = Selector::parse("option").ok()?;
    let options: Vec<ElementRef<'_>> = list.select(&wanted).collect();
    let marked = options.iter().find(|option| option.attr("selected").is_some());
    let option = marked.or(options.first())?;
    let text = || option.text().collect::<String>().trim().to_owned();
    Some(option.attr("value").map_or_else(text, str::to_owned))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::scenario::model::{At, SourceFile, Spanned};

    fn page(form: &str, press: Option<&str>, deny: Option<&str>) -> Page {
        let at = At {
            file: Arc::new(SourceFile {
                path: String::new(),
                text: String::new(),
            }),
            line: 1,
            column: 1,
            len: 1,
        };
        let text = |value: &str| Spanned {
            value: value.to_owned(),
            at: at.clone(),
        };
        Page {
            form: text(form),
            fill: Vec::new(),
            press: press.map(text),
            deny: deny.map(text),
        }
    }

    const CONSENT: &str = r#"<!doctype html><form id="search" action="/search"><input name="q"></form>
        <form id="consent" method="POST" action="decide?x=1">
          <input type="hidden" name="csrf" value="t&amp;k"><input name="off" disabled value="1">
          <input type="checkbox" name="scope" value="read" checked>
          <input type="checkbox" name="scope" value="write" checked>
          <input type="checkbox" name="remember" value="yes">
          <select name="org"><option value="a">A<option value="b" selected>B</select>
          <textarea name="note">hello</textarea>
          <button name="decision" value="approve">Yes</button>
          <button name="decision" value="deny" formaction="/no" formmethod="get">No</button>
        </form>"#;

    fn sent(filling: &Filling<'_>) -> String {
        let page = page(
            "#consent",
            Some("button[value=approve]"),
            Some("button[value=deny]"),
        );
        let place = Url::parse("https://a.example/connect/page").expect("a URL");
        assert_eq!(matching(CONSENT, std::slice::from_ref(&page)), Some(0));
        let sent = submission(CONSENT, &place, &page, filling).expect("a submission");
        let fields: Vec<String> = sent.fields.iter().map(|(n, v)| format!("{n}={v}")).collect();
        let method = if sent.post { "POST" } else { "GET" };
        format!(
            "{method} {} {} narrowed={}",
            sent.url,
            fields.join(" "),
            sent.narrowed
        )
    }

    #[test]
    fn what_a_browser_would_send() {
        let asked = ["read".to_owned(), "write".to_owned()];
        let filling = Filling {
            values: vec![("note".to_owned(), "bye".to_owned())],
            deny: false,
            asked: &asked,
            narrow: None,
        };
        insta::assert_snapshot!(sent(&filling), @"POST https://a.example/connect/decide?x=1 csrf=t&k scope=read scope=write org=b note=bye decision=approve narrowed=false");
        let narrow = ["read".to_owned()];
        let narrower = Filling {
            values: Vec::new(),
            deny: false,
            asked: &asked,
            narrow: Some(&narrow),
        };
        insta::assert_snapshot!(sent(&narrower), @"POST https://a.example/connect/decide?x=1 csrf=t&k scope=read org=b note=hello decision=approve narrowed=true");
        let denying = Filling {
            values: Vec::new(),
            deny: true,
            asked: &asked,
            narrow: None,
        };
        insta::assert_snapshot!(sent(&denying), @"GET https://a.example/no csrf=t&k scope=read scope=write org=b note=hello decision=deny narrowed=false");
    }

    #[test]
    fn what_is_not_there_is_said() {
        let place = Url::parse("https://a.example/").expect("a URL");
        let filling = Filling {
            values: Vec::new(),
            deny: false,
            asked: &[],
            narrow: None,
        };
        let wanted = page("#consent", Some("#absent"), None);
        let problem = submission(CONSENT, &place, &wanted, &filling).err();
        assert_eq!(problem.as_deref(), Some("nothing matches `#absent`"));
        assert_eq!(matching("<p>", &[wanted]), None);
    }
}
