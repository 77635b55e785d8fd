//! Histograms into and out of the text of a record. What is read comes from a file, so nothing in it is believed: how
//! large it is, how long, how high its counts are.

use super::Distribution;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::read::ZlibDecoder;
use hdrhistogram::Histogram;
use hdrhistogram::serialization::{Deserializer, Serializer, V2DeflateSerializer};
use std::io::Read;

/// Why a histogram could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HdrError {
    /// Only the figures were kept.
    #[error("there is no histogram, only its figures")]
    None,
    /// It is not a histogram in the encoding V2, deflated, in base64.
    #[error("not a histogram in the encoding V2")]
    Unreadable,
    /// It claims to be larger than any histogram of times is.
    #[error("a histogram of a size that no run makes")]
    TooLarge,
    /// Its values are not as many as the record says.
    #[error("the histogram does not hold the values that the record counts")]
    Differs,
}

/// First number of a histogram in the encoding V2, and of one that is deflated besides.
const PLAIN: u32 = 0x1c84_9313;
const DEFLATED: u32 = 0x1c84_9314;
/// Before the counts stand: cookie, length, offset, digits, lowest, highest, ratio.
const HEAD: usize = 40;
/// Three digits up to an hour take some 50 kB at most; five digits take 5 MB.
const MOST: usize = 8 << 20;
/// Bytes of a count that say that more follow: with five, counts stay below 2^41, and no sum of them overflows.
const LONG: usize = 5;

impl Distribution {
    /// The figures of a histogram of microseconds, and the histogram itself.
    pub fn of(histogram: &Histogram<u64>) -> Distribution {
        let mut bytes = Vec::new();
        let written = V2DeflateSerializer::new().serialize(histogram, &mut bytes);
        let hdr = match written {
            Ok(_) if !histogram.is_empty() => STANDARD.encode(&bytes),
            _ => String::new(),
        };
        let [p50, p90, p99, p999] = [0.5, 0.9, 0.99, 0.999].map(|q| histogram.value_at_quantile(q));
        Distribution {
            count: histogram.len(),
            mean: if histogram.is_empty() {
                0.0
            } else {
                histogram.mean()
            },
            p50,
            p90,
            p99,
            p999,
            max: histogram.max(),
            hdr,
        }
    }

    /// The histogram.
    ///
    /// # Errors
    /// [`HdrError::None`] where only the figures were kept, and the others for what cannot be believed.
    pub fn histogram(&self) -> Result<Histogram<u64>, HdrError> {
        if self.hdr.is_empty() && self.count == 0 {
            return growing(3).ok_or(HdrError::TooLarge);
        }
        let histogram = decoded(&self.hdr)?;
        if histogram.len() == self.count {
            Ok(histogram)
        } else {
            Err(HdrError::Differs)
        }
    }
}

/// An empty histogram that grows with what is added to it, so that nothing is out of its range.
pub(crate) fn growing(digits: u8) -> Option<Histogram<u64>> {
    let mut histogram = Histogram::new_with_bounds(1, 2, digits).ok()?;
    histogram.auto(true);
    Some(histogram)
}

/// All of them together, bucket by bucket; as exact as the most exact one.
pub(crate) fn sum<'h>(all: impl Iterator<Item = &'h Histogram<u64>> + Clone) -> Option<Histogram<u64>> {
    let mut whole = growing(all.clone().map(Histogram::sigfig).max()?)?;
    for one in all {
        whole.add(one).ok()?;
    }
    Some(whole)
}

fn decoded(hdr: &str) -> Result<Histogram<u64>, HdrError> {
    if hdr.is_empty() {
        return Err(HdrError::None);
    }
    let bytes = STANDARD.decode(hdr).map_err(|_| HdrError::Unreadable)?;
    let (cookie, rest) = number(&bytes).ok_or(HdrError::Unreadable)?;
    let (length, rest) = number(rest).ok_or(HdrError::Unreadable)?;
    if cookie != DEFLATED || length as usize != rest.len() {
        return Err(HdrError::Unreadable);
    }
    let mut plain = Vec::new();
    let most = u64::try_from(MOST).unwrap_or(u64::MAX);
    ZlibDecoder::new(rest)
        .take(most + 1)
        .read_to_end(&mut plain)
        .map_err(|_| HdrError::Unreadable)?;
    if plain.len() > MOST {
        return Err(HdrError::TooLarge);
    }
    believable(&plain)?;
    Deserializer::new()
        .deserialize(&mut &plain[..])
        .map_err(|_| HdrError::Unreadable)
}

/// The library allocates as much as the head asks for, and adds counts up without a look at their size.
fn believable(plain: &[u8]) -> Result<(), HdrError> {
    let (cookie, rest) = number(plain).ok_or(HdrError::Unreadable)?;
    let (length, _) = number(rest).ok_or(HdrError::Unreadable)?;
    let counts = plain.get(HEAD..).ok_or(HdrError::Unreadable)?;
    if cookie != PLAIN || length as usize != counts.len() {
        return Err(HdrError::Unreadable);
    }
    if counts
        .chunk_by(|a, b| (a ^ b) & 0x80 == 0)
        .any(|run| run[0] & 0x80 != 0 && run.len() > LONG)
    {
        return Err(HdrError::TooLarge);
    }
    Ok(())
}

/// A number in network order, and what follows it.
fn number(bytes: &[u8]) -> Option<(u32, &[u8])> {
    let (number, rest) = bytes.split_first_chunk::<4>()?;
    Some((u32::from_be_bytes(*number), rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::ZlibEncoder;
    use proptest::prelude::*;
    use std::io::Write as _;

    fn of(times: &[u64]) -> Histogram<u64> {
        let mut histogram = growing(3).unwrap();
        for time in times {
            histogram.record(*time).unwrap();
        }
        histogram
    }

    fn pairs(histogram: &Histogram<u64>) -> Vec<(u64, u64)> {
        let recorded = histogram.iter_recorded();
        recorded
            .map(|value| (value.value_iterated_to(), value.count_at_value()))
            .collect()
    }

    fn deflated(plain: &[u8]) -> String {
        let mut zlib = ZlibEncoder::new(Vec::new(), Compression::fast());
        zlib.write_all(plain).unwrap();
        let body = zlib.finish().unwrap();
        let mut bytes = DEFLATED.to_be_bytes().to_vec();
        bytes.extend(u32::try_from(body.len()).unwrap().to_be_bytes());
        bytes.extend(body);
        STANDARD.encode(bytes)
    }

    fn plain(length: u32, digits: u32, high: u64, counts: &[u8]) -> Vec<u8> {
        let mut bytes = PLAIN.to_be_bytes().to_vec();
        bytes.extend(length.to_be_bytes());
        bytes.extend(0_u32.to_be_bytes());
        bytes.extend(digits.to_be_bytes());
        bytes.extend(1_u64.to_be_bytes());
        bytes.extend(high.to_be_bytes());
        bytes.extend(1_f64.to_be_bytes());
        bytes.extend(counts);
        bytes
    }

    fn read(hdr: String) -> Result<Histogram<u64>, HdrError> {
        Distribution {
            hdr,
            count: 1,
            ..Distribution::default()
        }
        .histogram()
    }

    #[test]
    fn what_lies_is_refused() {
        assert!(read(deflated(&plain(1, 3, 1_000, &[2]))).is_ok());
        let table = [
            (String::new(), HdrError::None),
            ("?".to_owned(), HdrError::Unreadable),
            (STANDARD.encode([0; 64]), HdrError::Unreadable),
            (deflated(&plain(u32::MAX, 3, 1_000, &[2])), HdrError::Unreadable),
            (deflated(&plain(1, 200, 1_000, &[2])), HdrError::Unreadable),
            (deflated(&plain(1, 3, 0, &[2])), HdrError::Unreadable),
            (deflated(&plain(9, 3, 1_000, &[0xff; 9])), HdrError::TooLarge),
            (deflated(&plain(2, 3, 1_000, &[2, 2])), HdrError::Differs),
            (deflated(&vec![0; MOST + 1]), HdrError::TooLarge),
        ];
        for (hdr, error) in table {
            assert_eq!(
                read(hdr.clone()).unwrap_err(),
                error,
                "{}",
                &hdr[..hdr.len().min(60)]
            );
        }
    }

    #[test]
    fn nothing_is_a_histogram_too() {
        let none = Distribution::of(&of(&[]));
        assert_eq!(none, Distribution::default());
        assert!(none.histogram().unwrap().is_empty());
    }

    fn times() -> impl Strategy<Value = Vec<u64>> {
        prop::collection::vec(prop_oneof![1_u64..5_000, 1..3_600_000_000_u64], 0..120)
    }

    proptest! {
        #[test]
        fn a_record_keeps_every_bucket(times in times()) {
            let whole = of(&times);
            let read = Distribution::of(&whole).histogram().unwrap();
            prop_assert_eq!(pairs(&read), pairs(&whole));
            let mut again = Distribution::of(&read);
            again.hdr = Distribution::of(&whole).hdr;
            prop_assert_eq!(again, Distribution::of(&whole));
        }

        #[test]
        fn parts_add_up_to_the_whole(parts in prop::collection::vec(times(), 1..5)) {
            let read: Vec<Histogram<u64>> =
                parts.iter().map(|part| Distribution::of(&of(part)).histogram().unwrap()).collect();
            let merged = sum(read.iter()).unwrap();
            prop_assert_eq!(pairs(&merged), pairs(&of(&parts.concat())));
        }

        #[test]
        fn no_bytes_bring_it_down(bytes in prop::collection::vec(any::<u8>(), 0..80), digits in 0_u32..7, high in any::<u64>()) {
            let length = u32::try_from(bytes.len()).unwrap();
            let _ = read(deflated(&plain(length, digits, high, &bytes)));
            let _ = read(STANDARD.encode(&bytes));
        }
    }
}
