//! Content codings of request bodies. A decoder produces at most one byte more than the size limit.

use std::io::{self, Read, Take};

use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_ENCODING, HeaderMap};
use actix_web::web::Bytes;
use flate2::bufread::MultiGzDecoder;
use flate2::{Decompress, FlushDecompress, Status};

use super::Problem;
use crate::values::FieldError;

/// A content coding of a request body. Brotli (`br`) is not supported: a brotli stream can choose a
/// window of 16 MiB, which the decoder allocates before it produces the first byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coding {
    Identity,
    /// The gzip format (RFC 1952), with one or several members.
    Gzip,
    /// The zlib format (RFC 1950), which contains deflate data.
    Deflate,
}

impl Coding {
    /// Parses `Content-Encoding`. Only an identified caller may compress a body, and only with one
    /// coding.
    pub(super) fn of(headers: &HeaderMap, is_identified: bool) -> Result<Self, Problem> {
        let mut sent = headers.get_all(CONTENT_ENCODING);
        let name = match (sent.next(), sent.next()) {
            (None, _) => return Ok(Self::Identity),
            (Some(one), None) => one.to_str().unwrap_or_default().trim().to_ascii_lowercase(),
            (Some(_), Some(_)) => String::new(),
        };
        match name.as_str() {
            "identity" => Ok(Self::Identity),
            "gzip" if is_identified => Ok(Self::Gzip),
            "deflate" if is_identified => Ok(Self::Deflate),
            _ if is_identified => Err(refused(
                "The Content-Encoding is not supported. Use gzip or deflate, or send the body without Content-Encoding.",
            )),
            _ => Err(refused(
                "This operation does not accept a compressed body. Send the body without Content-Encoding.",
            )),
        }
    }

    /// Decodes a body. Fails with 413 if the decoded body has more than `limit` bytes. Fails with
    /// 400 if the compressed data is truncated, invalid or followed by other data.
    pub(super) fn decode(self, packed: Bytes, limit: usize) -> Result<Bytes, Problem> {
        if self == Self::Identity {
            return Ok(packed);
        }
        let broken = |error: io::Error| unreadable(error.to_string());
        // The first pass only counts bytes. A decompression bomb therefore uses no memory, and the
        // buffer gets the exact length.
        let length = io::copy(&mut self.decoder(&packed, limit), &mut io::sink()).map_err(broken)?;
        let length = usize::try_from(length).ok().filter(|length| *length <= limit).ok_or_else(too_large)?;
        let mut plain = Vec::with_capacity(length);
        self.decoder(&packed, limit).read_to_end(&mut plain).map_err(broken)?;
        Ok(plain.into())
    }

    /// Returns a decoder that produces at most one byte more than `limit`.
    fn decoder(self, packed: &[u8], limit: usize) -> Take<Box<dyn Read + '_>> {
        let decoder: Box<dyn Read + '_> = match self {
            Self::Identity => Box::new(packed),
            Self::Gzip => Box::new(MultiGzDecoder::new(packed)),
            Self::Deflate => Box::new(Zlib::new(packed)),
        };
        decoder.take(u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1))
    }
}

/// A reader for zlib data. The server does not use flate2's own reader, which accepts a truncated
/// stream as complete and ignores trailing data.
struct Zlib<'b> {
    decoder: Decompress,
    rest: &'b [u8],
    has_ended: bool,
}

impl<'b> Zlib<'b> {
    fn new(packed: &'b [u8]) -> Self {
        Self { decoder: Decompress::new(true), rest: packed, has_ended: false }
    }
}

impl Read for Zlib<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while !self.has_ended && !out.is_empty() {
            let (taken, made) = (self.decoder.total_in(), self.decoder.total_out());
            let status = self.decoder.decompress(self.rest, out, FlushDecompress::None)?;
            let progress = |from: u64, to: u64| usize::try_from(to - from).map_err(io::Error::other);
            let taken = progress(taken, self.decoder.total_in())?;
            let made = progress(made, self.decoder.total_out())?;
            self.rest = self.rest.get(taken..).unwrap_or_default();
            self.has_ended = status == Status::StreamEnd;
            if self.has_ended && !self.rest.is_empty() {
                return Err(io::Error::new(io::ErrorKind::InvalidData, "data follows the compressed body"));
            }
            match (made, taken) {
                (0, 0) if !self.has_ended => return Err(io::ErrorKind::UnexpectedEof.into()),
                (0, _) => {}
                _ => return Ok(made),
            }
        }
        Ok(0)
    }
}

fn refused(detail: &str) -> Problem {
    Problem::unsupported("Content-Encoding", "unsupported_coding", detail.to_owned())
}

pub(super) fn unreadable(cause: String) -> Problem {
    let detail = "The body is incomplete or does not match its Content-Encoding. Send it again.";
    let status = Problem::of_status(StatusCode::BAD_REQUEST);
    Problem { field_errors: vec![FieldError::body("", "unreadable", detail)], cause: Some(cause), ..status }
}

/// Creates the 413 problem for a body that is too large before or after decoding.
pub(super) fn too_large() -> Problem {
    Problem::of_status(StatusCode::PAYLOAD_TOO_LARGE)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::{GzEncoder, ZlibEncoder};
    use proptest::prelude::*;

    use super::*;

    fn gzip(plain: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(plain).expect("written");
        encoder.finish().expect("a stream")
    }

    fn zlib(plain: &[u8]) -> Vec<u8> {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(plain).expect("written");
        encoder.finish().expect("a stream")
    }

    fn status(coding: Coding, packed: Vec<u8>, limit: usize) -> u16 {
        coding.decode(packed.into(), limit).map_or_else(|problem| problem.status.as_u16(), |_| 200)
    }

    proptest! {
        #[test]
        fn a_body_decodes_to_what_was_encoded_and_no_prefix_or_longer_stream_does(
            plain in proptest::collection::vec(any::<u8>(), 0..5000), cut in any::<prop::sample::Index>(),
        ) {
            for (coding, packed) in [(Coding::Gzip, gzip(&plain)), (Coding::Deflate, zlib(&plain))] {
                let decoded = coding.decode(packed.clone().into(), plain.len());
                prop_assert!(decoded.is_ok_and(|decoded| *decoded == *plain));
                prop_assert_eq!(status(coding, [packed.as_slice(), b"x"].concat(), plain.len()), 400);
                let cut = cut.index(packed.len()).max(1);
                prop_assert_eq!(status(coding, packed[..cut].to_vec(), plain.len()), 400);
                if !plain.is_empty() {
                    prop_assert_eq!(status(coding, packed, plain.len() - 1), 413);
                }
            }
        }

        #[test]
        fn whatever_bytes_are_sent_the_decoder_ends_within_the_limit(
            bytes in proptest::collection::vec(any::<u8>(), 0..300),
        ) {
            for (coding, head) in [(Coding::Gzip, &gzip(b"")[..10]), (Coding::Deflate, &zlib(b"")[..2])] {
                prop_assert!([200, 400, 413].contains(&status(coding, [head, &bytes].concat(), 100)));
            }
        }
    }

    #[test]
    fn a_gzip_body_of_several_members_is_their_concatenation() {
        let both = [gzip(b"{\"a\":"), gzip(b"1}")].concat();
        assert_eq!(Coding::Gzip.decode(both.into(), 100).expect("decoded").as_ref(), b"{\"a\":1}");
    }

    #[test]
    fn a_bomb_is_decoded_no_further_than_one_byte_beyond_the_limit() {
        let zeros = vec![0; 4 << 20];
        for (coding, packed) in [(Coding::Gzip, gzip(&zeros)), (Coding::Deflate, zlib(&zeros))] {
            let made = io::copy(&mut coding.decoder(&packed, 1000), &mut io::sink());
            assert_eq!(made.expect("a beginning"), 1001);
        }
    }
}
