//! Every arrow of a client, beside RFC 9846 Appendix A.1 and RFC 5246 §7.3.
//!
//! TLS 1.3 states have the names of Appendix A; TLS 1.2 has no names for its states, so they are
//! spelled out from the message flow (and end in `12` where a name would be taken). START, which
//! sends the ClientHello, is [`Client::start`](super::Client::start). Names of inputs are messages,
//! or answers to questions ([`crate::ask`]).
//!
//! Four states of TLS 1.3 are ours: `WaitShRetried` (App. A goes back to START, and we do so once),
//! and `Judging`, `ChoosingCredential` and `Signing`, where the machine waits for the application.
//! Not drawn, because not spoken yet: PSK and early data.
//!
//! `A | B` means that the handler chooses between them. `:rekey` marks the arrows after which we
//! *read* with another key; what we write with is changed by the handlers, in the order of their
//! effects.

use super::hello::{WaitSh, WaitShRetried};
use super::tls12::{
    ChoosingCredential12, Established, Judging12, Signing12, WaitCcs, WaitCertificate, WaitRequestOrDone,
    WaitServerFinished, WaitServerHelloDone, WaitServerKeyExchange, WaitStatusOrKeyExchange,
};
use super::tls13::{
    ChoosingCredential, Connected, Judging, Signing, WaitCert, WaitCertCr, WaitCv, WaitEe, WaitFinished,
};
use crate::transitions;

transitions! {
    /// Where a client is.
    machine Machine {
        //                                                                            RFC 9846 A.1
        WaitSh        { ServerHello         -> WaitEe:rekey | WaitCertificate;
                        HelloRetryRequest   -> WaitShRetried; }        // App. A: back to START, once
        WaitShRetried { ServerHello         -> WaitEe:rekey; }
        WaitEe        { EncryptedExtensions -> WaitCertCr; }
        WaitCertCr    { CertificateRequest  -> WaitCert;
                        Certificate         -> WaitCv; }
        WaitCert      { Certificate         -> WaitCv; }
        WaitCv        { CertificateVerify   -> Judging; }
        Judging       { Verdict             -> WaitFinished; }
        WaitFinished  { Finished            -> Connected:rekey | ChoosingCredential:rekey; }
        ChoosingCredential { Credential     -> Signing | Connected; }  // to show one, or to decline
        Signing       { Signature           -> Connected; }

        // ECDHE suites only.                                          RFC 5246 7.3, figure 1
        WaitCertificate         { Certificate        -> WaitStatusOrKeyExchange | WaitServerKeyExchange; }
        WaitStatusOrKeyExchange { CertificateStatus  -> WaitServerKeyExchange;
                                  ServerKeyExchange  -> WaitRequestOrDone; }
        WaitServerKeyExchange   { ServerKeyExchange  -> WaitRequestOrDone; }
        WaitRequestOrDone       { CertificateRequest -> WaitServerHelloDone;
                                  ServerHelloDone    -> Judging12; }
        WaitServerHelloDone     { ServerHelloDone    -> Judging12; }
        Judging12               { Verdict            -> ChoosingCredential12 | WaitCcs; }
        ChoosingCredential12    { Credential         -> Signing12 | WaitCcs; }
        Signing12               { Signature          -> WaitCcs; }
        WaitCcs                 { ChangeCipherSpec   -> WaitServerFinished:rekey; }
        WaitServerFinished      { Finished           -> Established; }

        // The handshake is over; what may come now is in the table of `after`.
        Connected     { }
        Established   { }
    }
}
