//! Puts the codec into a static library without std: if the codec brought std along, there would be two panic handlers,
//! which does not compile; if it allocated, the library would ask for an allocator, which `.ci/run` looks for.
#![no_std]

use core::panic::PanicInfo;

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    loop {}
}

/// Decodes and encodes what is at the start of the buffer; the length, or 0.
#[unsafe(no_mangle)]
pub extern "C" fn round_trip(first: u8) -> usize {
    let mut buffer = [0; 64];
    match mqttspec_codec::decode(&[first, 0], mqttspec_codec::Version::V5) {
        Ok(Some((packet, _))) => {
            mqttspec_codec::encode(&packet, mqttspec_codec::Version::V5, &mut buffer).unwrap_or(0)
        }
        _ => 0,
    }
}
