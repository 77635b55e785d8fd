//! *Did you mean*: the nearest known word to one that is not known. Pure.

/// The candidate nearest to `word`, if any is near enough to be a slip of the pen.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let folded = word.to_lowercase();
    let allowed = (folded.chars().count() / 3).clamp(1, 4);
    let mut best: Option<(usize, &'a str)> = None;
    for candidate in candidates {
        let other = candidate.to_lowercase();
        let distance = if other.replace(['_', '-'], "") == folded.replace(['_', '-'], "") {
            0
        } else {
            strsim::damerau_levenshtein(&folded, &other)
        };
        let begins = folded.len() >= 3
            && other.len() >= 3
            && (other.starts_with(&folded) || folded.starts_with(&other));
        let near = distance <= allowed || begins;
        if near && best.is_none_or(|(held, _)| distance < held) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// Words as a list for a person: `a, b, c`.
pub fn listed<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    words.into_iter().collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_slip_is_found_and_another_word_is_not() {
        let words = ["status", "headers", "challenge", "rpc_error"];
        let table = [
            ("staus", Some("status")),
            ("header", Some("headers")),
            ("Challenge", Some("challenge")),
            ("rpc-error", Some("rpc_error")),
            ("colour", None),
        ];
        for (word, expected) in table {
            assert_eq!(nearest(word, words), expected, "{word}");
        }
    }
}
