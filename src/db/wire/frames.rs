//! Frames of the PostgreSQL protocol. A frame has one byte for the message type, four bytes for the
//! length, and a body.
//!
//! <https://www.postgresql.org/docs/current/protocol-message-formats.html>

const ERROR_RESPONSE: u8 = b'E';
const READY_FOR_QUERY: u8 = b'Z';

/// The types of the client messages Query, Sync and FunctionCall. The server ends its response to
/// each of these messages with ReadyForQuery.
const REQUESTS_WITH_RESPONSE: [u8; 3] = [b'Q', b'S', b'F'];

/// The type of the field of an error message that contains the SQLSTATE.
const CODE: u8 = b'C';
const HINT: u8 = b'H';

/// Maximum length in bytes of an error message that is rewritten. A longer message passes
/// unchanged.
const MAX_ERROR_LENGTH: usize = 1 << 20;

/// Length in bytes of a frame's header, which is the message type and the length field.
const HEAD: usize = 5;

#[derive(Default)]
struct Frame {
    head: [u8; HEAD],
    /// Number of bytes of the frame's header that have been read.
    known: usize,
    /// Number of bytes of the frame's body that have not been read.
    left: usize,
}

struct Step {
    length: usize,
    /// Whether the bytes that were read complete the frame's header.
    is_head: bool,
    /// Whether the bytes that were read complete the frame.
    is_end: bool,
}

impl Frame {
    const fn kind(&self) -> u8 {
        self.head[0]
    }

    const fn is_new(&self) -> bool {
        self.known == 0
    }

    /// Reads bytes to the end of the frame's header or of its body. `bytes` must not be empty.
    fn step(&mut self, bytes: &[u8]) -> Step {
        let is_in_head = self.known < HEAD;
        let length = if is_in_head {
            let length = bytes.len().min(HEAD - self.known);
            self.head[self.known..self.known + length].copy_from_slice(&bytes[..length]);
            self.known += length;
            if self.known == HEAD {
                let [_, length @ ..] = self.head;
                let length = usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX);
                // A frame that is shorter than its own length field is invalid. The following bytes
                // are not parsed.
                self.left = length.checked_sub(HEAD - 1).unwrap_or(usize::MAX);
            }
            length
        } else {
            let length = bytes.len().min(self.left);
            self.left -= length;
            length
        };
        let is_end = self.known == HEAD && self.left == 0;
        if is_end {
            self.known = 0;
        }
        Step { length, is_head: is_in_head && (is_end || self.known == HEAD), is_end }
    }
}

/// A parser for the bytes that the client sends. They are a startup message without a type, then
/// frames.
pub(super) struct ToServer(Frame);

impl Default for ToServer {
    fn default() -> Self {
        // Treats the startup message as a Query, because the server also ends its response to the
        // startup message with ReadyForQuery.
        Self(Frame { head: [REQUESTS_WITH_RESPONSE[0], 0, 0, 0, 0], known: 1, left: 0 })
    }
}

impl ToServer {
    /// Parses bytes that the client sends. Returns the number of responses that these bytes
    /// request.
    pub(super) fn follow(&mut self, mut bytes: &[u8]) -> usize {
        let mut responses = 0;
        while !bytes.is_empty() {
            let step = self.0.step(bytes);
            responses += usize::from(step.is_end && REQUESTS_WITH_RESPONSE.contains(&self.0.kind()));
            bytes = &bytes[step.length..];
        }
        responses
    }
}

#[derive(Default)]
pub(super) struct FromServer {
    frame: Frame,
    buffered: Vec<u8>,
    is_error: bool,
}

impl FromServer {
    /// Parses bytes that the server sends. Returns the number of bytes at the start that pass
    /// unchanged, and the number of responses that have ended. The remaining bytes are appended to
    /// `out`, or are buffered until an error message is complete.
    pub(super) fn pass(&mut self, mut bytes: &[u8], out: &mut Vec<u8>) -> (usize, usize) {
        let (mut passed, mut responses) = (0, 0);
        let mut is_in_place = !self.is_error;
        while !bytes.is_empty() {
            if self.frame.is_new() {
                self.is_error = bytes[0] == ERROR_RESPONSE;
                is_in_place &= !self.is_error;
            }
            let step = self.frame.step(bytes);
            let (now, rest) = bytes.split_at(step.length);
            bytes = rest;
            if self.is_error {
                self.buffered.extend_from_slice(now);
                if step.is_end {
                    rewrite(&self.buffered, out);
                    self.buffered.clear();
                    self.is_error = false;
                } else if step.is_head && self.frame.left > MAX_ERROR_LENGTH {
                    self.release(out);
                }
            } else if is_in_place {
                passed += now.len();
            } else {
                out.extend_from_slice(now);
            }
            responses += usize::from(step.is_end && self.frame.kind() == READY_FOR_QUERY);
        }
        (passed, responses)
    }

    /// Appends the buffered bytes of an incomplete error message to `out` unchanged. Returns
    /// whether bytes were buffered.
    pub(super) fn release(&mut self, out: &mut Vec<u8>) -> bool {
        let is_any = !self.buffered.is_empty();
        out.append(&mut self.buffered);
        self.is_error = false;
        is_any
    }
}

/// Appends an error message to `out`. The SQLSTATE replaces the hint.
fn rewrite(error: &[u8], out: &mut Vec<u8>) {
    match body_with_code(error.get(HEAD..).unwrap_or_default()) {
        Some(body) => {
            out.push(ERROR_RESPONSE);
            let length = u32::try_from(body.len() + HEAD - 1).unwrap_or(u32::MAX);
            out.extend_from_slice(&length.to_be_bytes());
            out.extend_from_slice(&body);
        }
        None => out.extend_from_slice(error),
    }
}

/// Returns the fields of an error message with the SQLSTATE as the hint. Returns `None` if the
/// message has no SQLSTATE or cannot be parsed.
fn body_with_code(body: &[u8]) -> Option<Vec<u8>> {
    let mut fields = Vec::with_capacity(body.len() + 8);
    let (mut code, mut rest) = (None, body);
    loop {
        let (kind, text) = rest.split_first()?;
        if *kind == 0 {
            break;
        }
        let end = text.iter().position(|byte| *byte == 0)?;
        if *kind == CODE {
            code = Some(&text[..end]);
        }
        if *kind != HINT {
            fields.extend_from_slice(&rest[..end + 2]);
        }
        rest = &text[end + 1..];
    }
    fields.push(HINT);
    fields.extend_from_slice(code?);
    fields.extend_from_slice(&[0, 0]);
    Some(fields)
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    fn frame(kind: u8, body: &[u8]) -> Vec<u8> {
        let length = u32::try_from(body.len() + 4).expect("a length");
        [&[kind], &length.to_be_bytes()[..], body].concat()
    }

    fn fields(fields: &[(u8, String)]) -> Vec<u8> {
        let mut body: Vec<u8> =
            fields.iter().flat_map(|(kind, text)| [&[*kind], text.as_bytes(), &[0]].concat()).collect();
        body.push(0);
        body
    }

    /// Returns the bytes that the client must read for one frame of the server.
    fn expected(kind: u8, body: &[u8], given: Option<&[(u8, String)]>) -> Vec<u8> {
        match given.and_then(|given| Some((given, given.iter().find(|field| field.0 == CODE)?))) {
            Some((given, (_, code))) => {
                let mut expected: Vec<_> = given.iter().filter(|field| field.0 != HINT).cloned().collect();
                expected.push((HINT, code.clone()));
                frame(kind, &fields(&expected))
            }
            None => frame(kind, body),
        }
    }

    #[derive(Debug, Clone)]
    enum Sent {
        Frame(u8, Vec<u8>),
        Error(Vec<(u8, String)>),
    }

    fn sent() -> impl Strategy<Value = Sent> {
        let kind = prop::sample::select(b"DCTZNS123RK".to_vec());
        let field = prop::sample::select(b"SVMDHPWtn".to_vec());
        let code = prop::sample::select(vec!["57014", "40P01", "53100"]);
        let fields = vec((field, "[^\\x00]{0,40}"), 0..6);
        prop_oneof![
            3 => (kind, vec(any::<u8>(), 0..300)).prop_map(|(kind, body)| Sent::Frame(kind, body)),
            1 => vec(any::<u8>(), 0..40).prop_filter_map("not an error", |body| {
                body_with_code(&body).is_none().then_some(Sent::Frame(ERROR_RESPONSE, body))
            }),
            2 => (fields, prop::option::of(code), any::<prop::sample::Index>()).prop_map(
                |(mut fields, code, at)| {
                    if let Some(code) = code {
                        fields.insert(at.index(fields.len() + 1), (CODE, code.to_owned()));
                    }
                    Sent::Error(fields)
                }
            ),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn only_errors_change_however_the_stream_is_cut(
            all in vec(sent(), 0..12), cuts in vec(any::<prop::sample::Index>(), 0..40)
        ) {
            let (mut stream, mut wanted, mut ready) = (Vec::new(), Vec::new(), 0);
            for one in &all {
                match one {
                    Sent::Frame(kind, body) => {
                        stream.extend(frame(*kind, body));
                        wanted.extend(frame(*kind, body));
                        ready += usize::from(*kind == READY_FOR_QUERY);
                    }
                    Sent::Error(given) => {
                        let body = fields(given);
                        stream.extend(frame(ERROR_RESPONSE, &body));
                        wanted.extend(expected(ERROR_RESPONSE, &body, Some(given)));
                    }
                }
            }
            let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(stream.len() + 1)).collect();
            cuts.push(stream.len());
            cuts.sort_unstable();
            let (mut from_server, mut read, mut out) = (FromServer::default(), Vec::new(), Vec::new());
            let (mut at, mut responses) = (0, 0);
            for cut in cuts {
                let chunk = &stream[at..cut];
                let (passed, ended) = from_server.pass(chunk, &mut out);
                read.extend_from_slice(&chunk[..passed]);
                read.append(&mut out);
                responses += ended;
                at = cut;
            }
            prop_assert!(!from_server.release(&mut out));
            prop_assert_eq!(read, wanted);
            prop_assert_eq!(responses, ready);
        }

        #[test]
        fn noise_passes_as_it_is(
            noise in vec(any::<u8>().prop_map(|byte| if byte == ERROR_RESPONSE { b'D' } else { byte }), 0..400),
            cut in any::<prop::sample::Index>(),
        ) {
            let (mut from_server, mut out) = (FromServer::default(), Vec::new());
            for chunk in [&noise[..cut.index(noise.len() + 1)], &noise[cut.index(noise.len() + 1)..]] {
                prop_assert_eq!(from_server.pass(chunk, &mut out).0, chunk.len());
            }
        }

        #[test]
        fn what_asks_for_an_answer_is_counted(kinds in "[QSFPBEDCp]{0,20}", size in 1_usize..50) {
            let mut stream = [&8_u32.to_be_bytes()[..], &[0, 3, 0, 0]].concat();
            for kind in kinds.bytes() {
                stream.extend(frame(kind, &vec![kind; usize::from(kind) % 9]));
            }
            let mut to_server = ToServer::default();
            let counted: usize = stream.chunks(size).map(|chunk| to_server.follow(chunk)).sum();
            prop_assert_eq!(counted, 1 + kinds.matches(['Q', 'S', 'F']).count());
        }
    }

    #[test]
    fn an_error_of_more_than_a_mebibyte_is_left_as_it_is() {
        let body = fields(&[(CODE, "57014".into()), (b'M', "x".repeat(MAX_ERROR_LENGTH))]);
        let stream = [frame(ERROR_RESPONSE, &body), frame(READY_FOR_QUERY, b"I")].concat();
        let (mut from_server, mut out) = (FromServer::default(), Vec::new());
        let ended: usize = stream
            .chunks(8192)
            .map(|chunk| {
                let (passed, ended) = from_server.pass(chunk, &mut out);
                // Unchanged bytes come before the appended bytes, because a reader gets the
                // unchanged bytes first.
                if passed > 0 {
                    out.extend_from_slice(&chunk[..passed]);
                }
                ended
            })
            .sum();
        assert_eq!((ended, out == stream), (1, true));
    }
}
