//! Embeds the page of `mqttspec web`, for the feature `page`: the files in the folder that the environment variable
//! MQTTSPEC_PAGE names, as `conformance/web/build` makes it. Without the variable there are none.

use std::{env, error::Error, fmt::Write, fs, path::Path};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=MQTTSPEC_PAGE");
    if env::var_os("CARGO_FEATURE_PAGE").is_none() {
        return Ok(());
    }
    let mut list = "&[\n".to_owned();
    if let Some(folder) = env::var_os("MQTTSPEC_PAGE") {
        let folder =
            fs::canonicalize(&folder).map_err(|error| format!("MQTTSPEC_PAGE, {}: {error}", folder.display()))?;
        println!("cargo::rerun-if-changed={}", folder.display());
        let mut files =
            fs::read_dir(&folder)?.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>, std::io::Error>>()?;
        files.sort();
        for file in files.iter().filter(|file| file.is_file()) {
            let name = file.file_name().unwrap_or_default().to_string_lossy();
            writeln!(list, "    ({name:?}, include_bytes!({:?})),", file.display().to_string())?;
        }
    }
    list.push(']');
    fs::write(Path::new(&env::var("OUT_DIR")?).join("page.rs"), list)?;
    Ok(())
}
