//! [`handfast_fuzz::codec_small`] under libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| handfast_fuzz::codec_small(data));
