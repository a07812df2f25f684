//! Moments, as certificates write them and as people read them.

use crate::error::{CertificateError, CertificateRule};
use crate::tlv::{Cursor, tag};
use core::fmt;
use pki_types::UnixTime;

/// A moment in seconds since 1970-01-01T00:00:00Z; earlier ones are negative, since certificates
/// may begin in 1950. Displays as RFC 3339 in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(pub i64);

impl Time {
    /// Reads a Time (RFC 5280 §4.1.2.5): UTCTime through 2049, GeneralizedTime from 2050, both
    /// with seconds, in Zulu, without fractions.
    ///
    /// departs: the `der` crate's DateTime starts at 1970, certificates in the field do not, so
    /// the digits are read here. A GeneralizedTime before 2050 is read too, as OpenSSL, Go and
    /// webpki do: private authorities write them, and nothing is ambiguous about one.
    pub(crate) fn read(input: &mut Cursor<'_>, field: &'static str) -> Result<Self, CertificateError> {
        *input = input.field(field);
        let element = input.any()?;
        let bad = element.error(CertificateRule::Time);
        let (year, rest) = match element.tag {
            tag::UTC_TIME => {
                let (yy, rest) = element.value.split_at_checked(2).ok_or(bad)?;
                let yy = digits(yy).ok_or(bad)?;
                (if yy >= 50 { 1900 + yy } else { 2000 + yy }, rest)
            }
            tag::GENERALIZED_TIME => {
                let (yyyy, rest) = element.value.split_at_checked(4).ok_or(bad)?;
                (digits(yyyy).ok_or(bad)?, rest)
            }
            _ => return Err(element.error(CertificateRule::Tag)),
        };
        let &[mo0, mo1, d0, d1, h0, h1, m0, m1, s0, s1, b'Z'] = rest else { return Err(bad) };
        let two = |a, b| digits(&[a, b]).ok_or(bad);
        let (month, day) = (two(mo0, mo1)?, two(d0, d1)?);
        let (hour, minute, second) = (two(h0, h1)?, two(m0, m1)?, two(s0, s1)?);
        if !(1..=12).contains(&month)
            || day < 1
            || day > days_in(year, month)
            || hour > 23
            || minute > 59
            || second > 59
        {
            return Err(bad);
        }
        Ok(Self(days_from_civil(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second))
    }
}

impl From<UnixTime> for Time {
    fn from(time: UnixTime) -> Self {
        Self(i64::try_from(time.as_secs()).unwrap_or(i64::MAX))
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (days, seconds) = (self.0.div_euclid(86_400), self.0.rem_euclid(86_400));
        let (year, month, day) = civil_from_days(days);
        let (hour, minute, second) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
    }
}

/// When a certificate is valid, both ends included (RFC 5280 §4.1.2.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Validity {
    /// The first moment.
    pub not_before: Time,
    /// The last moment.
    pub not_after: Time,
}

fn digits(text: &[u8]) -> Option<i64> {
    text.iter().try_fold(0, |n, b| b.is_ascii_digit().then(|| n * 10 + i64::from(b - b'0')))
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1970-01-01 in the proleptic Gregorian calendar. The year is counted from March, so
/// that the leap day is its last; an era is 400 years, 146,097 days.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// The inverse of [`days_from_civil`]: year, month, day.
fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days.saturating_add(719_468);
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let (day, month) = (of_year - (153 * shifted + 2) / 5 + 1, if shifted < 10 { shifted + 3 } else { shifted - 9 });
    (era * 400 + year_of_era + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    fn read(tag: u8, text: &[u8]) -> Result<Time, CertificateRule> {
        let mut bytes = alloc::vec![tag, u8::try_from(text.len()).unwrap()];
        bytes.extend_from_slice(text);
        Time::read(&mut Cursor::new(&bytes, "notBefore"), "notBefore").map_err(|e| e.rule)
    }

    #[test]
    fn dates_print_as_they_were_written() {
        for (tag, text, shown) in [
            (tag::UTC_TIME, "700101000000Z", "1970-01-01T00:00:00Z"),
            (tag::UTC_TIME, "500101000000Z", "1950-01-01T00:00:00Z"),
            (tag::UTC_TIME, "491231235959Z", "2049-12-31T23:59:59Z"),
            (tag::UTC_TIME, "240229120000Z", "2024-02-29T12:00:00Z"),
            (tag::GENERALIZED_TIME, "20500301000000Z", "2050-03-01T00:00:00Z"),
            (tag::GENERALIZED_TIME, "99991231235959Z", "9999-12-31T23:59:59Z"),
        ] {
            assert_eq!(read(tag, text.as_bytes()).unwrap().to_string(), shown);
        }
    }

    #[test]
    fn every_day_of_eight_centuries_makes_the_round_trip() {
        for days in days_from_civil(1600, 1, 1)..days_from_civil(2400, 1, 1) {
            let (year, month, day) = civil_from_days(days);
            assert_eq!(days_from_civil(year, month, day), days);
            assert!(day <= days_in(year, month));
        }
    }

    #[test]
    fn times_outside_the_profile_are_refused() {
        for (tag, text) in [
            (tag::UTC_TIME, "230229000000Z"),
            (tag::UTC_TIME, "2301010000Z"),
            (tag::UTC_TIME, "230101000000+0000"),
            (tag::UTC_TIME, "231301000000Z"),
            (tag::UTC_TIME, "230101240000Z"),
            (tag::UTC_TIME, "23-101000000Z"),
            (tag::GENERALIZED_TIME, "20500101000000.5Z"),
            (tag::GENERALIZED_TIME, "20500100000000Z"),
            (tag::GENERALIZED_TIME, ""),
        ] {
            assert_eq!(read(tag, text.as_bytes()), Err(CertificateRule::Time), "{text}");
        }
        assert_eq!(read(tag::OCTET_STRING, b"230101000000Z"), Err(CertificateRule::Tag));
    }
}
