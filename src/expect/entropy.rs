//! What guessing a token costs, estimated from a sample of them (RFC 6749 §10.10).

use std::collections::BTreeSet;

/// Upper bound in bits: for each position that varies at all, the logarithm of the number of different characters
/// seen there. A repeated token is worth nothing: 0 bits. Needs two tokens at least.
///
/// The bound is generous to the issuer: correlated positions count in full. What falls below a limit here truly does.
pub(super) fn bits(tokens: &[String]) -> Option<f64> {
    if tokens.len() < 2 {
        return None;
    }
    let distinct: BTreeSet<&String> = tokens.iter().collect();
    if distinct.len() < tokens.len() {
        return Some(0.0);
    }
    let columns: Vec<Vec<char>> = tokens.iter().map(|token| token.chars().collect()).collect();
    let shortest = columns.iter().map(Vec::len).min().unwrap_or(0);
    let total = (0..shortest)
        .map(|position| {
            let seen: BTreeSet<char> = columns.iter().map(|token| token[position]).collect();
            f64::from(u32::try_from(seen.len()).unwrap_or(u32::MAX)).log2()
        })
        .sum();
    Some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_counter_is_worth_little_and_randomness_much() {
        let counter: Vec<String> = (0..500)
            .map(|n| format!("fiok_00000000000000000000{n:06}"))
            .collect();
        assert!(bits(&counter).unwrap() < 12.0);
        let random: Vec<String> = (0..500)
            .map(|_| {
                (0..40)
                    .map(|_| char::from(rand::random_range(b'a'..=b'z')))
                    .collect()
            })
            .collect();
        assert!(bits(&random).unwrap() > 180.0);
    }

    #[test]
    fn a_repeat_is_worth_nothing() {
        assert_eq!(bits(&["a".repeat(40), "a".repeat(40)]), Some(0.0));
        assert_eq!(bits(&["a".repeat(40)]), None);
    }
}
