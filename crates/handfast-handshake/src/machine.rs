//! The macro that turns a table of arrows into a state machine, and what it promises.
//!
//! A table lists every arrow once: *in this state, on this input, go to one of these states*. From
//! it come the state enum, the constant `ARROWS` that tests and diagrams read, and `step`, a plain
//! `match (state, input)` whose last arm is *unexpected_message*. Code and table cannot drift:
//! a handler that goes where nothing is drawn, handles what is not drawn, or leaves a drawn arrow
//! without a handler does not compile.
//!
//! ```
//! use handfast_handshake::{transitions, Cx, Effects, Error, Input, On, Raw, Went, msg};
//!
//! transitions! { machine Toy {
//!     Shut { ServerHello -> Open:rekey | Shut; }
//!     Open { Finished    -> Shut; }
//! }}
//!
//! pub struct Shut { knocks: u8 }
//! pub struct Open;
//!
//! impl On<msg::ServerHello> for Shut {
//!     fn on(self, _: Raw<'_>, _: &mut Cx<'_>) -> Went<Self, msg::ServerHello> {
//!         if self.knocks == 0 { Ok(Shut { knocks: 1 }.into()) } else { Ok(Open.into()) }
//!     }
//! }
//! impl On<msg::Finished> for Open {
//!     fn on(self, _: Raw<'_>, _: &mut Cx<'_>) -> Went<Self, msg::Finished> {
//!         Ok(Shut { knocks: 0 }.into())
//!     }
//! }
//!
//! let hello = || Input::message(&[2, 0, 0, 0]).unwrap();
//! let finished = || Input::message(&[20, 0, 0, 0]).unwrap();
//! let mut effects = Effects::default();
//! let mut cx = Cx::new(&mut effects, None);
//! let mut door = Toy::Shut(Shut { knocks: 0 });
//! door.step(hello(), true, &mut cx).unwrap();
//! assert_eq!(door.name(), "Shut");
//! door.step(hello(), true, &mut cx).unwrap();
//! assert_eq!(door.name(), "Open");
//! // What is not drawn is refused, and the machine is over.
//! assert!(door.step(hello(), true, &mut cx).is_err());
//! assert_eq!(door.name(), "Failed");
//! assert_eq!(Toy::ARROWS.len(), 3);
//! ```
//!
//! Written out, the `step` of this toy is
//!
//! ```text
//! fn step(&mut self, input: Input<'_>, aligned: bool, cx: &mut Cx<'_>) -> Result<(), Error> {
//!     let mark = cx.mark();
//!     let (from, on) = (self.name(), input.name());
//!     let went = match (mem::replace(self, Toy::Failed), input) {
//!         (Toy::Shut(s), Input::ServerHello(m)) => s.on(m, cx).map(|next| (next.state, next.rekey)),
//!         (Toy::Open(s), Input::Finished(m))    => s.on(m, cx).map(|next| (next.state, next.rekey)),
//!         _ => Err(unexpected message),
//!     };
//!     // on error, or if the key changes in the middle of a record: cut the effects back to `mark`
//! }
//! ```
//!
//! A handler that strays does not compile. Going where nothing is drawn:
//!
//! ```compile_fail
//! # use handfast_handshake::{transitions, Cx, Effects, Error, Input, On, Raw, Went, msg};
//! transitions! { machine Toy { Shut { ServerHello -> Shut; } Open { Finished -> Shut; } }}
//! pub struct Shut;
//! pub struct Open;
//! impl On<msg::ServerHello> for Shut {
//!     fn on(self, _: Raw<'_>, _: &mut Cx<'_>) -> Went<Self, msg::ServerHello> { Ok(Open.into()) }
//! }
//! impl On<msg::Finished> for Open {
//!     fn on(self, _: Raw<'_>, _: &mut Cx<'_>) -> Went<Self, msg::Finished> { Ok(Shut.into()) }
//! }
//! ```

use crate::{Cx, Error, Kind};

/// One arrow of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrow {
    /// The state that the arrow leaves.
    pub from: &'static str,
    /// The input that takes it.
    pub on: &'static str,
    /// The state that it enters.
    pub to: &'static str,
    /// Whether taking it changes the key that we read with, so that no byte of a further handshake
    /// message may have come under the old key (RFC 9846 §5.1).
    pub rekey: bool,
}

/// What state `Self` does on input `M`: check, derive, emit, move on.
#[diagnostic::on_unimplemented(
    message = "the table draws an arrow for `{M}` in state `{Self}`, and nothing handles it",
    label = "an arrow without a handler"
)]
pub trait On<M: Kind>: Drawn<M> {
    /// Takes the arrow. Consumes the state; what it owned and does not pass on is gone.
    ///
    /// # Errors
    /// The rule that the input broke.
    fn on(self, input: M::Value<'_>, cx: &mut Cx<'_>) -> Went<Self, M>;
}

/// Where an arrow may lead: `Ok(NextState { … }.into())` for the drawn ones only.
pub type Went<S, M> = Result<<S as Drawn<M>>::Next, Error>;

/// That the table has an arrow for input `M` in state `Self`. Implemented by [`transitions!`] alone.
///
/// [`transitions!`]: crate::transitions
#[diagnostic::on_unimplemented(
    message = "the table draws no arrow for `{M}` in state `{Self}`",
    label = "a handler without an arrow"
)]
pub trait Drawn<M>: Sized {
    /// Can be made from the states that the arrow may enter, and from no other.
    type Next;
}

/// Makes a state machine from a table of arrows; see the module `machine` for what it promises.
#[macro_export]
macro_rules! transitions {
    ($(#[$doc:meta])* machine $Machine:ident { $( $State:ident { $( $Msg:ident -> $( $To:ident $(: $mark:ident)? )|+ ; )* } )* }) => {
        $(#[$doc])*
        #[allow(clippy::large_enum_variant, missing_docs, reason = "lives in one box; each state documents itself")]
        pub enum $Machine { $( $State($State), )* Failed }

        /// Where an arrow went. Only a drawn target can be turned into one.
        #[doc(hidden)]
        pub struct Next<S, M> { state: $Machine, rekey: bool, arrow: core::marker::PhantomData<(S, M)> }

        $( $(
            impl $crate::Drawn<$crate::msg::$Msg> for $State { type Next = Next<$State, $crate::msg::$Msg>; }
            $( impl From<$To> for Next<$State, $crate::msg::$Msg> {
                fn from(to: $To) -> Self {
                    Self { state: $Machine::$To(to), rekey: $crate::transitions!(@ $($mark)?), arrow: core::marker::PhantomData }
                }
            } )+
        )* )*

        impl $Machine {
            /// Every arrow of the table, in its order.
            pub const ARROWS: &'static [$crate::Arrow] = &[ $( $( $(
                $crate::Arrow { from: stringify!($State), on: stringify!($Msg), to: stringify!($To), rekey: $crate::transitions!(@ $($mark)?) },
            )+ )* )* ];

            /// Every state of the table, in its order.
            pub const STATES: &'static [&'static str] = &[ $( stringify!($State), )* ];

            /// The name of the present state.
            pub fn name(&self) -> &'static str {
                match self { $( Self::$State(_) => stringify!($State), )* Self::Failed => "Failed" }
            }

            /// Follows one arrow. `aligned` says that no byte of a further handshake message is
            /// waiting. On any error the machine is `Failed` and no effect of the step remains.
            pub fn step(&mut self, input: $crate::Input<'_>, aligned: bool, cx: &mut $crate::Cx<'_>) -> Result<(), $crate::Error> {
                let mark = cx.mark();
                let (from, on) = (self.name(), input.name());
                let went = match (core::mem::replace(self, Self::Failed), input) {
                    $( $( (Self::$State(state), $crate::Input::$Msg(value)) => {
                        $crate::On::<$crate::msg::$Msg>::on(state, value, cx).map(|next| (next.state, next.rekey))
                    } )* )*
                    _ => Err($crate::Error::unexpected(Self::ARROWS, from, on)),
                };
                match went {
                    Ok((_, true)) if !aligned => { cx.cut_back(mark); Err($crate::Error::straddles(from, on)) }
                    Ok((next, _)) => { *self = next; cx.moved(from, on, self.name()); Ok(()) }
                    Err(error) => { cx.cut_back(mark); Err(error) }
                }
            }
        }
    };
    (@) => { false };
    (@ rekey) => { true };
}
