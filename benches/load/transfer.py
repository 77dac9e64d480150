"""Measures the import of a million attendance records, and the download of a dataset with them."""

import csv
import datetime
import http.client
import os
import shutil
import subprocess
import time
from pathlib import Path

from database import HERE

SAMPLE = HERE.parent.parent / "sample"
GROUP = "assembly"
BUFFER_BYTES = 1 << 20


def write_files(directory, records):
    """Copies the sample, and adds meetings of the assembly whose registers have these records."""
    shutil.copytree(SAMPLE, directory)
    with (SAMPLE / "seats.csv").open() as file:
        seats = [seat for seat in csv.DictReader(file) if seat["group"] == GROUP]
    first = datetime.date(2017, 4, 1)
    with (directory / "meetings.csv").open("a") as meetings, (directory / "attendance.csv").open("a") as attendance:
        for number in range(records // len(seats) + 1):
            key, day = f"bench-{number}", first + datetime.timedelta(days=number % 365)
            meetings.write(f"{key},{GROUP},meeting,Meeting {number},{day},day,held,closed,false,\n")
            for seat in seats:
                attendance.write(f"{key},{seat['council']},{seat['role']},{seat['ordinal']},,present,,\n")


def peak_memory(process):
    """Returns the peak memory of a process in MiB. Reads it until the process ends."""
    peak = 0
    while process.poll() is None:
        try:
            status = Path(f"/proc/{process.pid}/status").read_text()
        except ProcessLookupError:
            break
        peak = max([peak, *(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))])
        time.sleep(0.05)
    return peak / 1024


def measure_import(cluster, outturn, database, records):
    """Prints the records a second and the peak memory of an import into a new database."""
    cluster.psql("postgres", "-c", f"CREATE DATABASE {database}")
    environment = os.environ | {"DATABASE_URL": cluster.url(database), "OUTTURN_DATA_DIR": str(cluster.dir / "outturn")}
    subprocess.run([outturn, "migrate"], env=environment, check=True, stdout=subprocess.DEVNULL)
    directory = cluster.dir / f"import-{records}"
    write_files(directory, records)
    started = time.perf_counter()
    process = subprocess.Popen([outturn, "import", directory], env=environment, stdout=subprocess.DEVNULL)
    memory = peak_memory(process)
    shutil.rmtree(directory)
    duration = time.perf_counter() - started
    if process.wait() != 0:
        print(f"Import: {records:,} attendance records failed after {duration:.1f} s, peak memory {memory:.0f} MiB.")
        return
    count = int(cluster.psql(database, "-c", "SELECT count(*) FROM attendance"))
    print(f"Import: {count:,} attendance records in {duration:.1f} s, {count / duration:,.0f} records/s, "
          f"peak memory {memory:.0f} MiB.", flush=True)


def measure_dataset(server):
    """Prints the rows a second and the peak memory of the server for the dataset of attendance."""
    path = "/v1/datasets/attendance?format=ndjson&occurred_from=2017-04-01&occurred_until=2018-04-01"
    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    started = time.perf_counter()
    connection.request("GET", path, headers={"Authorization": f"Bearer {server.token}"})
    response = connection.getresponse()
    assert response.status == 200, response.read()
    rows = sum(block.count(b"\n") for block in iter(lambda: response.read(BUFFER_BYTES), b""))
    duration = time.perf_counter() - started
    connection.close()
    print(f"Dataset: {rows:,} rows in {duration:.1f} s, {rows / duration:,.0f} rows/s, "
          f"peak memory of the server {server.memory():.0f} MiB.", flush=True)
