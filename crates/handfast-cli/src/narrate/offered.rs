//! What a server chose out of our offer: where it stood there, and what that tells.

use std::fmt::Display;

/// One thing that the peer chose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Offered {
    /// `suite`, as in a sentence.
    what: &'static str,
    chosen: String,
    /// Its place in our list, from 0, if we know our list here.
    place: Option<usize>,
    /// How many there were.
    of: usize,
    /// Our favourite.
    first: String,
}

impl Offered {
    pub(super) fn new<T: Display + PartialEq>(what: &'static str, offer: &[T], chosen: &T) -> Self {
        let place = offer.iter().position(|item| item == chosen);
        let first = offer.first().map(ToString::to_string).unwrap_or_default();
        Self { what, chosen: chosen.to_string(), place, of: offer.len(), first }
    }

    fn told(&self, places: bool) -> String {
        match self.place {
            Some(place) if places && self.of > 1 => format!("{} ({} of {})", self.chosen, nth(place + 1), self.of),
            _ => self.chosen.clone(),
        }
    }
}

/// That all of it is in the offer of whom `whose` names; and at which places, if that is wanted.
pub(super) fn check(offered: &[Offered], whose: &str, places: bool) -> String {
    let told: Vec<_> = offered.iter().map(|one| one.told(places)).collect();
    let (all, verb) = match told.split_last() {
        Some((last, [])) => (last.clone(), "is"),
        Some((last, rest)) => (format!("{} and {last}", rest.join(", ")), "are"),
        None => (String::new(), "are"),
    };
    format!("{all} {verb} in {whose} offer")
}

/// What the choices say about a server that does not say itself.
pub(super) fn why(offered: &[Offered]) -> Option<String> {
    // The choice of the version is that of the ServerHello.
    offered.iter().find(|one| one.what == "version")?;
    let passed: Vec<_> =
        offered.iter().filter(|one| one.place.is_some_and(|place| place > 0)).map(|one| one.first.as_str()).collect();
    Some(if passed.is_empty() {
        "it took the first each time".into()
    } else {
        format!("it passed over {}, which it lacks or likes less", passed.join(" and "))
    })
}

fn nth(n: usize) -> String {
    let ending = match (n % 10, n % 100) {
        (1, 1 | 21..=99) => "st",
        (2, 2 | 22..=99) => "nd",
        (3, 3 | 23..=99) => "rd",
        _ => "th",
    };
    format!("{n}{ending}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_counted_as_people_do() {
        let told: Vec<_> = [1, 2, 3, 4, 11, 12, 13, 21, 22, 111].into_iter().map(nth).collect();
        assert_eq!(told, ["1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "22nd", "111th"]);
    }

    #[test]
    fn a_choice_has_its_place_in_the_offer() {
        let offered = [Offered::new("version", &["1.3", "1.2"], &"1.2"), Offered::new("group", &["x"], &"x")];
        assert_eq!(check(&offered, "your", true), "1.2 (2nd of 2) and x are in your offer");
        assert_eq!(check(&offered[..1], "its", false), "1.2 is in its offer");
        let why = why(&offered).unwrap();
        assert_eq!(why, "it passed over 1.3, which it lacks or likes less");
    }

    #[test]
    fn only_a_server_hello_is_wondered_about() {
        assert_eq!(why(&[Offered::new("group", &["a", "b"], &"b")]), None);
    }
}
