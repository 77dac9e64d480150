"""A PostgreSQL server for the benchmark, and its databases."""

import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path

SETTINGS = """
unix_socket_directories = '{dir}'
listen_addresses = '127.0.0.1'
port = {port}
shared_buffers = '1GB'
max_wal_size = '8GB'
max_parallel_workers_per_gather = 0
shared_preload_libraries = 'pg_stat_statements'
"""

HERE = Path(__file__).parent


def programs():
    """Returns the directory of PostgreSQL's programs."""
    if "PG_BINDIR" in os.environ:
        return Path(os.environ["PG_BINDIR"])
    return max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name))


class Cluster:
    """A server in a new directory. Its programs run as `postgres` if the benchmark runs as root."""

    def __init__(self, port):
        self.port = port
        self.dir = Path(tempfile.mkdtemp(prefix="outturn-bench-"))
        self.user = "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
        shutil.chown(self.dir, self.user)
        self.dir.chmod(0o755)
        data = self.dir / "data"
        self._run("initdb", "-D", data, "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C")
        with (data / "postgresql.conf").open("a") as conf:
            conf.write(SETTINGS.format(dir=self.dir, port=port))
        self._run("pg_ctl", "-D", data, "-l", self.dir / "log", "-w", "start")

    def _run(self, program, *arguments):
        command = [programs() / program, *arguments]
        subprocess.run(command, user=self.user, cwd=self.dir, check=True, stdout=subprocess.DEVNULL)

    def stop(self):
        self._run("pg_ctl", "-D", self.dir / "data", "-m", "immediate", "-w", "stop")
        shutil.rmtree(self.dir)

    def url(self, database):
        return f"postgres://postgres@127.0.0.1:{self.port}/{database}"

    def psql(self, database, *arguments):
        """Runs psql and returns its output without alignment."""
        command = [programs() / "psql", "-XqAt", "-v", "ON_ERROR_STOP=1", self.url(database), *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    def fill(self, outturn, database, bulk):
        """Creates a database with the sample and further attendance records."""
        self.psql("postgres", "-c", f"CREATE DATABASE {database}")
        environment = os.environ | {"DATABASE_URL": self.url(database), "OUTTURN_DATA_DIR": str(self.dir / "outturn")}
        root = HERE.parent.parent
        for command in (["migrate"], ["import", root / "sample"]):
            subprocess.run([outturn, *command], env=environment, check=True, stdout=subprocess.DEVNULL)
        variables = [item for name, value in bulk.items() for item in ("-v", f"{name}={value}")]
        self.psql(database, *variables, "-f", root / "benches/framework_cost/bulk.sql")
        self.psql(database, "-c", "CREATE EXTENSION pg_stat_statements")

    def pgbench(self, database, script, clients, seconds):
        """Returns the transactions per second of a script."""
        command = [programs() / "pgbench", "-n", "-M", "prepared", "-c", str(clients), "-j", str(min(clients, 2)),
                   "-T", str(seconds), "-f", script, self.url(database)]
        output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        return float(next(line for line in output.splitlines() if line.startswith("tps")).split()[2])
