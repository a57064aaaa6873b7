use super::*;

fn read(text: &str) -> Result<Vec<u8>, NotHex> {
    read_pasted(text.as_bytes(), None)
}

#[test]
fn separators_and_prefixes_are_optional() {
    for text in [
        "82 07\t00\r\n0a",
        "8207000A",
        "820 7000a",
        "82:07:00:0a",
        "82-07-00-0A",
        "0x82, 0x07, 0x00, 0x0A",
        "0x82,0x7,0x0,0xa",
        "0x8207000A",
        r"\x82\x07\x00\x0a",
        r"\x82 \x07 \x00 \x0A",
        "{0x82, 0x07, 0x00, 0x0a}",
        "[0x82, 0x07, 0x00, 0x0a]",
        "static const unsigned char pkt1[4] = {\n0x82, 0x07, /* .. 00 */\n0x00, 0x0a // {\n};\nunsigned int pkt1_len = 4;",
        r#"b"\x82\a\0\n""#,
        r"b'\x82\x07\x00\n'",
        "char p[] = \"\\x82\\x07\"\n  \"\\0\\n\";",
    ] {
        assert_eq!(read(text).as_deref(), Ok(&[0x82, 7, 0, 10][..]), "{text}");
    }
    // of the two that are not a legal packet, base64 has to be said
    assert!(read("ggcACg==").unwrap_err().what.contains("use --base64"));
    assert_eq!(read_pasted(b"ggcA\nCg==", Some(Notation::Base64)).unwrap(), [0x82, 7, 0, 10]);
    assert_eq!(read("MAUAA2Ev\nYg==").unwrap(), b"0\x05\0\x03a/b");
    assert!(read("").unwrap().is_empty() && read(" \n").unwrap().is_empty());
    assert_eq!(read("\u{FEFF}C000").unwrap(), [0xC0, 0]);
    assert_eq!(read(r"b'0\x05\x00\x03a/b'").unwrap(), b"0\x05\0\x03a/b");
}

#[test]
fn mistakes_have_a_place() {
    for (text, line, column, what) in [
        ("82 0G", 1, 5, "'G' is not a hex digit; use --raw"),
        ("82\n 0", 2, 2, "odd number of hex digits"),
        ("8 2", 1, 1, "odd number of hex digits"),
        ("82\n\nä", 3, 1, "'ä' is not a hex digit"),
        ("0x", 1, 3, "no hex digit"),
        ("0x820", 1, 3, "odd number of hex digits"),
        ("\"\\x30", 1, 1, "this quote is never closed"),
        (r#""\q""#, 1, 2, "unknown escape"),
        (r#""\777""#, 1, 2, "an octal escape"),
        (r"\x30ab", 1, 5, "'a' is outside of the quotes"),
        ("00000000: 3000\n00000003: c0", 1, 15, "the next offset needs 3 bytes in this line, but here are 2"),
        ("00000000: 30\n00000001: zz", 2, 11, "this is neither hex nor the text"),
        ("00000000: 30\nzz", 2, 1, "a line of a dump begins with its offset"),
    ] {
        let mistake = read(text).expect_err(text);
        assert_eq!((mistake.line, mistake.column), (line, column), "{text}: {mistake}");
        assert!(mistake.what.starts_with(what), "{mistake}");
    }
}

#[test]
fn what_can_be_read_in_two_ways_is_refused() {
    for (text, option) in [
        ("0000  30 00", "--dump or --hex"),
        ("3000 C0 00\n3002 D0 00", "--dump or --hex"),
        ("{30, 00}", "--hex"),
        ("16, 12, 10", "--hex"),
        ("C00G", "--base64"),
        ("0000000 0030 00c0\n0000004", "--hex"),
    ] {
        let mistake = read(text).expect_err(text);
        assert!(mistake.what.contains("may be") && mistake.what.contains(option), "{text}: {mistake}");
    }
    let with = |text: &str, notation| read_pasted(text.as_bytes(), Some(notation)).unwrap();
    assert_eq!(with("0000  30 00", Notation::Dump), [0x30, 0]);
    assert_eq!(with("0000  30 00", Notation::Hex), [0, 0, 0x30, 0]);
    assert_eq!(with("{30, 00}", Notation::Hex), [0x30, 0]);
    assert_eq!(with("C00G", Notation::Base64), [0x0B, 0x4D, 0x06]);
    assert_eq!(with("-_8", Notation::Base64), [0xFB, 0xFF]);
    // what hex alone can mean is hex
    assert_eq!(read("3000 C000").unwrap(), [0x30, 0, 0xC0, 0]);
    assert_eq!(read("C000\nD000").unwrap(), [0xC0, 0, 0xD0, 0]);
    assert_eq!(read("10, 0c").unwrap(), [0x10, 0x0C]);
}

/// Dumps of every length, in the form of each tool, of bytes whose text looks like hex and like a frame.
#[test]
fn dumps_of_every_tool_are_read() {
    let source: Vec<u8> = (0..80_u8).map(|index| b"0a f|>1 \x00\xFFb\n"[usize::from(index) % 12]).collect();
    for length in 1..=source.len() {
        let bytes = &source[..length];
        for (name, text) in dumps(bytes) {
            assert_eq!(read(&text).as_deref(), Ok(bytes), "{name}:\n{text}");
            assert_eq!(read_pasted(text.as_bytes(), Some(Notation::Dump)).as_deref(), Ok(bytes), "{name}:\n{text}");
        }
    }
}

fn dumps(bytes: &[u8]) -> Vec<(&'static str, String)> {
    let shown = |row: &[u8]| {
        row.iter().map(|byte| char::from(if matches!(byte, b' '..=b'~') { *byte } else { b'.' })).collect::<String>()
    };
    let spaced = |row: &[u8]| row.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ");
    let halves = |row: &[u8]| [spaced(&row[..row.len().min(8)]), spaced(&row[row.len().min(8)..])].join("  ");
    let words = |row: &[u8]| {
        row.chunks(2)
            .map(|two| two.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
            .collect::<Vec<_>>()
            .join(" ")
    };
    let all = |line: &dyn Fn(usize, &[u8]) -> String| {
        bytes.chunks(16).enumerate().map(|(row, bytes)| line(row * 16, bytes)).collect::<String>()
    };
    let end = bytes.len();
    vec![
        ("xxd", all(&|at, row| format!("{at:08x}: {:<39}  {}\n", words(row), shown(row)))),
        ("xxd -g1", all(&|at, row| format!("{at:08x}: {:<47}  {}\n", spaced(row), shown(row)))),
        (
            "hexdump -C",
            all(&|at, row| format!("{at:08x}  {:<48}  |{}|\n", halves(row), shown(row))) + &format!("{end:08x}\n"),
        ),
        ("od -tx1", all(&|at, row| format!("{at:07o} {}\n", spaced(row))) + &format!("{end:07o}\n")),
        (
            "od -A x -tx1z",
            all(&|at, row| format!("{at:06x} {:<47}  >{}<\n", spaced(row), shown(row))) + &format!("{end:06x}\n"),
        ),
        ("tshark -x", all(&|at, row| format!("{at:04x}  {:<47}  {}\n", spaced(row), shown(row)))),
        ("Wireshark", all(&|at, row| format!("{at:04x}   {:<47}   {}\n", spaced(row), shown(row)))),
        ("tcpdump -X", all(&|at, row| format!("\t{at:#06x}:  {:<39}  {}\n", words(row), shown(row)))),
    ]
}

#[test]
fn repeated_lines_and_several_dumps_are_read() {
    let text = "00000000  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |................|\n*\n00000030  01  |.|\n00000031\n";
    let bytes = read(text).unwrap();
    assert_eq!((bytes.len(), bytes[47], bytes[48]), (49, 0, 1));
    assert_eq!(read("0000   c0 00   ..\n\n0000   d0 00   ..\n").unwrap(), [0xC0, 0, 0xD0, 0]);
    let far = "00000000  00  |.|\n*\nffffffffffffffff  01  |.|\n";
    assert!(read(far).unwrap_err().what.contains("at most 67108864 bytes"));
    assert!(read("00000000  00  |.|\n*\n").unwrap_err().what.contains("ends with `*`"));
}

/// Truncations and changes of every kind of text: any result, but no panic and no endless loop.
#[test]
fn any_text_can_be_read() {
    let mut texts: Vec<String> = dumps(b"\x30\x05\0\x01a|b").into_iter().map(|(_, text)| text).collect();
    texts.extend([r#"b"\x30\05\n""#, "{0x30, /* */ 0x00};", "wAA=", "0000\n*\n0010"].map(str::to_owned));
    for text in texts {
        let text = text.as_bytes();
        for place in 0..text.len() {
            let _ = read_pasted(&text[..place], None);
            for byte in 0..=u8::MAX {
                let mut changed = text.to_vec();
                changed[place] = byte;
                for notation in [None, Some(Notation::Hex), Some(Notation::Dump), Some(Notation::Base64)] {
                    let _ = read_pasted(&changed, notation);
                }
            }
        }
    }
}
