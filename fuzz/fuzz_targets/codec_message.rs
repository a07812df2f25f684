//! [`handfast_fuzz::codec_message`] under libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| handfast_fuzz::codec_message(data));
