//! The file of a spool while it is written. Every byte is counted before it is written.

use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::Arc;

use super::download::Spooled;
use super::ledger::Holding;

/// A file without a name, within the byte budget.
pub struct SpoolFile {
    file: File,
    holding: Arc<Holding>,
}

impl SpoolFile {
    pub(super) fn create(dir: &Path, holding: Arc<Holding>) -> io::Result<Self> {
        let file = tempfile::tempfile_in(dir).inspect_err(|error| holding.note(error))?;
        Ok(Self { file, holding })
    }

    /// Creates a file for a test, without a response.
    #[cfg(test)]
    pub(crate) fn alone(dir: &Path) -> Self {
        use super::{Reader, SpoolLimits, ledger::Ledger};
        let reader = Reader { caller: "a".into(), address: std::net::Ipv4Addr::LOCALHOST.into() };
        let holding = Arc::new(Ledger::new(Vec::new(), SpoolLimits::default())).hold(reader);
        Self::create(dir, Arc::new(holding.expect("a place"))).expect("a file")
    }

    /// Counts the bytes of other files that exist until this file is complete.
    pub fn count_beside(&self, bytes: usize) -> io::Result<()> {
        self.holding.add(u64::try_from(bytes).unwrap_or(u64::MAX))
    }

    pub(super) fn into_spooled(self) -> io::Result<Spooled> {
        let length = self.file.metadata()?.len();
        self.holding.settle(length);
        Ok(Spooled { file: self.file, length, holding: self.holding })
    }
}

impl Write for SpoolFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.holding.add(u64::try_from(bytes.len()).unwrap_or(u64::MAX))?;
        self.file.write(bytes).inspect_err(|error| self.holding.note(error))
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
