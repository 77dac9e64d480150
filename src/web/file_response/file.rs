//! A spool file that is being written. Each byte counts against the byte budget before it is
//! written.

use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::Arc;

use super::download::Spooled;
use super::usage::Reservation;

/// A temporary file without a name, whose bytes count against the byte budget of all such files.
pub struct SpoolFile {
    file: File,
    reservation: Arc<Reservation>,
}

impl SpoolFile {
    pub(super) fn create(dir: &Path, reservation: Arc<Reservation>) -> io::Result<Self> {
        let file = tempfile::tempfile_in(dir).inspect_err(|error| reservation.record_error(error))?;
        Ok(Self { file, reservation })
    }

    #[cfg(test)]
    pub(crate) fn alone(dir: &Path) -> Self {
        use super::{Reader, SpoolLimits, usage::Usage};
        let reader = Reader { caller: "a".into(), address: std::net::Ipv4Addr::LOCALHOST.into() };
        let reservation = Arc::new(Usage::new(Vec::new(), SpoolLimits::default())).reserve(reader);
        Self::create(dir, Arc::new(reservation.expect("a place"))).expect("a file")
    }

    /// Adds the bytes of another temporary file to the byte budget. The bytes are counted until
    /// this spool file is complete.
    pub fn count_beside(&self, bytes: usize) -> io::Result<()> {
        self.reservation.add(u64::try_from(bytes).unwrap_or(u64::MAX))
    }

    pub(super) fn into_spooled(self) -> io::Result<Spooled> {
        let length = self.file.metadata()?.len();
        self.reservation.set_length(length);
        Ok(Spooled { file: self.file, length, reservation: self.reservation })
    }
}

impl Write for SpoolFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.reservation.add(u64::try_from(bytes.len()).unwrap_or(u64::MAX))?;
        self.file.write(bytes).inspect_err(|error| self.reservation.record_error(error))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Seek for SpoolFile {
    fn seek(&mut self, position: SeekFrom) -> io::Result<u64> {
        self.file.seek(position)
    }
}
