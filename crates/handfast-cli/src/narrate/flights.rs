//! Flights and round trips, counted as they go.

use handfast::{Direction, NamedGroup};

/// What a handshake cost so far, in messages of the handshake protocol.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Flights {
    /// How often we sent and then had to hear before we could go on.
    pub trips: u32,
    /// Why there was a HelloRetryRequest, if there was one: the group that the server wants a key
    /// share for, if it named one.
    pub retried: Option<Option<NamedGroup>>,
    /// Messages sent, and their bytes.
    pub sent: (u32, usize),
    /// Messages received, and their bytes.
    pub received: (u32, usize),
    /// Whether a ClientHello was sent.
    pub(super) greeted: bool,
    /// Whether we have sent and not heard since.
    waiting: bool,
}

impl Flights {
    pub(super) fn count(&mut self, direction: Direction, bytes: &[u8]) {
        let side = if direction == Direction::Write { &mut self.sent } else { &mut self.received };
        *side = (side.0 + 1, side.1 + bytes.len());
        // A ChangeCipherSpec is not counted: in TLS 1.3 it is no flight, in TLS 1.2 never alone.
        if direction == Direction::Write {
            self.waiting = true;
        } else if std::mem::take(&mut self.waiting) {
            self.trips += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trips(directions: &str) -> u32 {
        let mut flights = Flights::default();
        for direction in directions.chars() {
            flights.count(if direction == '>' { Direction::Write } else { Direction::Read }, &[0; 4]);
        }
        flights.trips
    }

    #[test]
    fn a_round_trip_is_a_flight_and_its_answer() {
        assert_eq!(trips(""), 0);
        assert_eq!(trips(">"), 0);
        assert_eq!(trips("><<<>"), 1);
        assert_eq!(trips("><><<<>"), 2);
        assert_eq!(trips("><<<<>><"), 2);
    }
}
