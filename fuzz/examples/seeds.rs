//! Writes the byte vectors as seeds into `corpus/decode` and `corpus/split`:
//! `cargo run --manifest-path fuzz/Cargo.toml --example seeds`

use std::{error::Error, fs, path::Path};

fn main() -> Result<(), Box<dyn Error>> {
    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (decode, split) = (fuzz.join("corpus/decode"), fuzz.join("corpus/split"));
    fs::create_dir_all(&decode)?;
    fs::create_dir_all(&split)?;
    let mut written = 0;
    for file in fs::read_dir(fuzz.join("../vectors/packets"))? {
        let file = file?;
        let text = fs::read_to_string(file.path())?;
        // every text in double quotes that is hex: packets, and a few payloads that do no harm
        for (index, packet) in text.split('"').skip(1).step_by(2).filter_map(bytes).enumerate() {
            let name = format!("{}-{index}", file.path().file_stem().unwrap_or_default().to_string_lossy());
            fs::write(decode.join(&name), &packet)?;
            // as `Stream` of the target is read: maximum packet size, lengths of pieces, bytes
            fs::write(split.join(&name), [&[0xFF, 0xFF, 1, 2, 0, 5], &packet[..], &packet[..]].concat())?;
            written += 1;
        }
    }
    println!("{written} seeds each for decode and split");
    Ok(())
}

/// Hex as vectors write it: digits, `'text'`, `[..]` and `(..)` with their lengths, `*` for the Remaining Length.
fn bytes(text: &str) -> Option<Vec<u8>> {
    let mut open: Vec<(char, Vec<u8>)> = vec![('*', Vec::new())];
    let mut head = None;
    let mut rest = text.chars();
    while let Some(sign) = rest.next() {
        match sign {
            ' ' => {}
            '\'' => {
                let (quoted, behind) = rest.as_str().split_once('\'')?;
                open.last_mut()?.1.extend(quoted.as_bytes());
                rest = behind.chars();
            }
            '[' | '(' => open.push((sign, Vec::new())),
            ']' | ')' => {
                let (bracket, inner) = open.pop()?;
                let outer = &mut open.last_mut()?.1;
                match bracket {
                    '[' => outer.extend(u16::try_from(inner.len()).ok()?.to_be_bytes()),
                    _ => outer.extend(variable_byte_integer(inner.len())),
                }
                outer.extend(inner);
            }
            '*' => head = open.pop().inspect(|_| open.push(('*', Vec::new()))).map(|(_, head)| head),
            digit => {
                let high = digit.to_digit(16)?;
                let low = rest.next()?.to_digit(16)?;
                open.last_mut()?.1.push(u8::try_from(high * 16 + low).ok()?);
            }
        }
    }
    let body = open.pop()?.1;
    let mut packet = match head {
        Some(head) => [head, variable_byte_integer(body.len())].concat(),
        None => Vec::new(),
    };
    packet.extend(body);
    (open.is_empty() && !packet.is_empty()).then_some(packet)
}

fn variable_byte_integer(mut value: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let low = (value & 0x7F) as u8;
        value >>= 7;
        bytes.push(if value == 0 { low } else { low | 0x80 });
        if value == 0 {
            return bytes;
        }
    }
}
