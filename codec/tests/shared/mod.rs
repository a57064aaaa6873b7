//! Laws and generator, the same for proptest (`tests/laws.rs`) and for the fuzz targets (`fuzz/fuzz_targets/`).

pub(crate) mod generate;
pub(crate) mod laws;
