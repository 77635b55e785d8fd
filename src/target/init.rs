//! What `hallmark init` writes.

/// `(path, contents)`: a commented target file and a first scenario. Both pass `hallmark check`.
pub fn init_files() -> Vec<(&'static str, &'static str)> {
    vec![
        ("hallmark.yaml", include_str!("init/hallmark.yaml")),
        (
            "scenarios/first-check.yaml",
            include_str!("init/first-check.yaml"),
        ),
    ]
}
