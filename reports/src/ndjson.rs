//! The events of a record, one JSON object a line. Folding them gives the record back.

use crate::record::Record;

pub(crate) fn render(record: &Record) -> Result<Vec<u8>, serde_json::Error> {
    let mut text = Vec::new();
    for event in record.events() {
        text.extend(event.to_line()?);
    }
    Ok(text)
}
