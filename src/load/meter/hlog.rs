//! HdrHistogram's interval log, version 1.3, with histograms in the encoding V2 (deflated, base64). One line for each
//! operation, measure and second; the tag is `OPERATION.MEASURE`. Values are microseconds, the column for reading is
//! in milliseconds.

use std::io::{self, Write};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hdrhistogram::Histogram;
use hdrhistogram::serialization::{Serializer, V2DeflateSerializer};

use super::{Interval, Measure, Series};
use crate::load::figures::fraction;

/// A log being written. After a write that failed it writes no more, and says so at the end: a full disk must not
/// end a run.
pub struct Hlog {
    into: Box<dyn Write + Send>,
    serializer: V2DeflateSerializer,
    bytes: Vec<u8>,
    names: Vec<String>,
    failed: Option<io::Error>,
}

impl std::fmt::Debug for Hlog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hlog")
            .field("failed", &self.failed)
            .finish_non_exhaustive()
    }
}

impl Hlog {
    /// Begins a log; `names` are those of the operations, in the order of the plan.
    pub fn begin(into: Box<dyn Write + Send>, names: &[String], start: SystemTime) -> Self {
        let mut log = Self {
            into,
            serializer: V2DeflateSerializer::new(),
            bytes: Vec::new(),
            names: names.iter().map(|name| tag(name)).collect(),
            failed: None,
        };
        let epoch = start.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64();
        let head = format!(
            "#[Histogram log format version 1.3]\n\
             #[StartTime: {epoch:.3} (seconds since epoch)]\n\
             \"StartTimestamp\",\"Interval_Length\",\"Interval_Max\",\"Interval_Compressed_Histogram\"\n"
        );
        log.put(head.as_bytes());
        log
    }

    /// Writes the histograms of an interval that began `from` after the start.
    pub fn write(&mut self, interval: &Interval, from: Duration, length: Duration) {
        let names = std::mem::take(&mut self.names);
        for (name, series) in names.iter().zip(&interval.operations) {
            self.series(name, series, from, length);
        }
        self.series("connections", &interval.connections, from, length);
        self.names = names;
    }

    fn series(&mut self, name: &str, series: &Series, from: Duration, length: Duration) {
        for measure in Measure::ALL {
            let histogram = series.of(*measure);
            if !histogram.is_empty() {
                let tag = format!("{name}.{}", measure.as_str());
                self.line(&tag, histogram, from, length);
            }
        }
    }

    fn line(&mut self, tag: &str, histogram: &Histogram<u64>, from: Duration, length: Duration) {
        self.bytes.clear();
        if let Err(error) = self.serializer.serialize(histogram, &mut self.bytes) {
            self.failed.get_or_insert(io::Error::other(error.to_string()));
            return;
        }
        let line = format!(
            "Tag={tag},{:.3},{:.3},{:.3},{}\n",
            from.as_secs_f64(),
            length.as_secs_f64(),
            fraction(histogram.max()) / 1_000.0,
            STANDARD.encode(&self.bytes)
        );
        self.put(line.as_bytes());
    }

    fn put(&mut self, bytes: &[u8]) {
        if self.failed.is_none() {
            self.failed = self.into.write_all(bytes).err();
        }
    }

    /// Ends the log; the first thing that went wrong, if any did.
    pub fn end(mut self) -> io::Result<()> {
        match self.failed.take() {
            Some(error) => Err(error),
            None => self.into.flush(),
        }
    }
}

/// A tag holds no comma, space or end of line.
fn tag(name: &str) -> String {
    let clean = |c: char| {
        if c == ',' || c.is_whitespace() || c.is_control() {
            '_'
        } else {
            c
        }
    };
    name.chars().map(clean).collect()
}

/// A histogram as records hold it: V2, deflated, base64.
pub fn encoded(histogram: &Histogram<u64>) -> String {
    let mut bytes = Vec::new();
    match V2DeflateSerializer::new().serialize(histogram, &mut bytes) {
        Ok(_) => STANDARD.encode(&bytes),
        Err(_) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use hdrhistogram::serialization::Deserializer;
    use hdrhistogram::serialization::interval_log::{IntervalLogIterator, LogEntry};

    use super::*;

    #[derive(Clone, Default)]
    struct Shared(Arc<Mutex<Vec<u8>>>, Option<usize>);

    impl Write for Shared {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let mut all = self.0.lock().unwrap();
            if self.1.is_some_and(|limit| all.len() + bytes.len() > limit) {
                return Err(io::ErrorKind::StorageFull.into());
            }
            all.extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn interval(micros: &[u64]) -> Interval {
        let mut interval = Interval::new(1);
        for value in micros {
            interval.operations[0].record(Measure::Response, Duration::from_micros(*value));
        }
        interval
    }

    fn log(limit: Option<usize>) -> (Shared, io::Result<()>) {
        let shared = Shared(Arc::default(), limit);
        let second = Duration::from_secs(1);
        let mut log = Hlog::begin(
            Box::new(shared.clone()),
            &["read a,b".to_owned()],
            UNIX_EPOCH + second,
        );
        log.write(&interval(&[100, 200, 5_000_000]), Duration::ZERO, second);
        log.write(&interval(&[300]), second, second);
        (shared, log.end())
    }

    #[test]
    fn what_is_written_is_read_back() {
        let (shared, ended) = log(None);
        ended.unwrap();
        let bytes = shared.0.lock().unwrap();
        let text = std::str::from_utf8(&bytes).unwrap();
        // The reader of this library knows no line of column names; those of other languages skip it.
        let without: Vec<&str> = text.lines().filter(|line| !line.starts_with('"')).collect();
        let text = without.join("\n") + "\n";
        let mut seen = Vec::new();
        for entry in IntervalLogIterator::new(text.as_bytes()) {
            if let Ok(LogEntry::Interval(entry)) = entry {
                let bytes = STANDARD.decode(entry.encoded_histogram()).unwrap();
                let histogram: Histogram<u64> = Deserializer::new().deserialize(&mut &bytes[..]).unwrap();
                let tag = entry.tag().unwrap().as_str().to_owned();
                seen.push((
                    tag,
                    entry.start_timestamp().as_secs(),
                    histogram.len(),
                    histogram.min(),
                ));
            }
        }
        let tag = || "read_a_b.response".to_owned();
        assert_eq!(seen, [(tag(), 0, 3, 100), (tag(), 1, 1, 300)]);
    }

    #[test]
    fn a_full_disk_is_told_and_survived() {
        let (shared, ended) = log(Some(250));
        assert_eq!(ended.unwrap_err().kind(), io::ErrorKind::StorageFull);
        assert!(shared.0.lock().unwrap().len() <= 250);
    }
}
