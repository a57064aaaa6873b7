//! Laws and generator, shared by proptest (`tests/laws.rs`) and the fuzz targets (`fuzz/fuzz_targets/`).

pub(crate) mod generate;
pub(crate) mod laws;
