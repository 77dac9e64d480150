"""Measures the server against plain SQL for the same answers, in rounds that alternate.

Each ratio is the server's rate divided by the rate of the plain SQL, both measured in the same
round on the same database. docs/performance.md explains the workloads and keeps results.
"""

import argparse
import json
import os
import statistics
import sys
import time
from pathlib import Path

from database import HERE, Cluster
from server import Server
from transfer import measure_dataset, measure_import

SIZES = {
    "20k": {"first": 2015, "last": 2018, "bodies": 1, "own": 28},
    "10m": {"first": 1998, "last": 2037, "bodies": 380, "own": 2810},
}
IMPORTED = {"20k": 20_000, "10m": 1_000_000}
DAY = "as_at=2018-03-31"
BULK_CLIENTS = 4
LINES = 1000


def prepare(cluster, database):
    """Creates the lines of the bulk requests, and returns the rows that the workloads read."""
    cluster.psql(database, "-c", f"""
        CREATE TABLE bench_lines AS
        SELECT id, meeting_id, seat_id, council_id, (row_number() OVER (ORDER BY meeting_id, id) - 1) / {LINES} AS client
        FROM (SELECT a.* FROM attendance a JOIN meetings m ON m.id = a.meeting_id
              WHERE a.seat_id IS NOT NULL AND m.held_on >= '2017-04-01' AND m.held_on < '2018-04-01'
              ORDER BY a.meeting_id, a.id LIMIT {BULK_CLIENTS * LINES}) lines;
        CREATE INDEX ON bench_lines (client)""")
    for client in range(BULK_CLIENTS):
        for status in ("present", "apologies"):
            lines = cluster.psql(database, "-c", f"""
                SELECT json_build_object('lines', json_agg(json_build_object(
                    'meeting_id', meeting_id, 'seat_id', seat_id, 'status', '{status}')))
                FROM bench_lines WHERE client = {client}""")
            (cluster.dir / f"bulk-{client}-{status}.json").write_text(lines)
    framework = cluster.psql(database, "-c", "SELECT id FROM frameworks WHERE code = '2017-18'")
    target = cluster.psql(database, "-c", f"""
        SELECT id FROM targets WHERE framework_id = '{framework}' AND code = '1.1.2.attendance'""")
    council = cluster.psql(database, "-c", "SELECT id FROM councils ORDER BY id LIMIT 1")
    return {"framework": framework, "target": target, "council": council}


def plain(cluster, name, rows):
    """Writes a plain statement with the ids of the rows to a file, and returns the file."""
    sql = (HERE / f"plain/{name}.sql").read_text()
    for row, key in rows.items():
        sql = sql.replace(f":{row}'", f"{key}'")
    file = cluster.dir / f"{name}.sql"
    file.write_text(sql)
    return file


def compare(cluster, database, server, rows):
    """Compares the framework's figures with those of the plain statement."""
    _, body, _ = server.get(f"/v1/frameworks/{rows['framework']}/metrics?{DAY}")
    metrics = {metric["target_id"]: metric for metric in json.loads(body)["data"]}
    lines = cluster.psql(database, "-f", plain(cluster, "framework", rows)).splitlines()
    of_seats = cluster.psql(database, "-c", "SELECT id FROM targets WHERE measure ->> 'unit' = 'seat'").splitlines()
    equal = 0
    for target, numerator, denominator in (line.split("|") for line in lines):
        metric = metrics[target]
        # The plain statement counts seats. Some targets count a person with several seats once.
        if target in of_seats:
            assert [metric["numerator"], metric["denominator"]] == [int(numerator), int(denominator)], metric
        equal += numerator in (str(metric["numerator"]), str(metric["value"]))
    print(f"{equal} of {len(lines)} figures of the plain statement are equal to the server's; the other measures "
          f"have rules that the plain statement leaves out", file=sys.stderr)


class Report:
    def __init__(self):
        print("| workload | goal | ratio | from | to | plain | server | server us | database us |")
        print("|---|---|---|---|---|---|---|---|---|")

    def add(self, name, goal, rounds, unit="/s", cost=("", "")):
        ratios = [server / sql if unit == "/s" else sql / server for sql, server in rounds]
        sql, server = (statistics.median(column) for column in zip(*rounds))
        print(f"| {name} | {goal} | {statistics.median(ratios):.2f} | {min(ratios):.2f} | {max(ratios):.2f} "
              f"| {sql:,.1f}{unit} | {server:,.1f}{unit} | {cost[0]} | {cost[1]} |", flush=True)


def measure(cluster, database, server, rows, options):
    report = Report()

    def throughput(name, goal, script, path, clients=16, **wrk):
        file, rounds = plain(cluster, script, rows), []
        server.wrk(path, clients, 1, **wrk)
        for _ in range(options.rounds):
            sql = cluster.pgbench(database, file, clients, options.seconds)
            rounds.append((sql, server.wrk(path, clients, options.seconds, **wrk)[0]))
        report.add(name, goal, rounds, cost=cost_of_request(path, clients, **wrk))

    def cost_of_request(path, clients, **wrk):
        """Returns the processor time of the server and the time of the database, in microseconds."""
        cluster.psql(database, "-c", "SELECT pg_stat_statements_reset()")
        started = server.processor_time()
        requests = server.wrk(path, clients, options.seconds, **wrk)[0] * options.seconds
        processor = server.processor_time() - started
        executed = float(cluster.psql(database, "-c", """
            SELECT sum(total_exec_time) FROM pg_stat_statements
            WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())"""))
        return f"{processor / requests * 1e6:.0f}", f"{executed / requests * 1e3:.0f}"

    framework = f"/v1/frameworks/{rows['framework']}/metrics?{DAY}"
    target = f"/v1/targets/{rows['target']}/metric?{DAY}"
    throughput("one council by id", ">= 0.60", "council", f"/v1/councils/{rows['council']}")
    throughput("50 attendance records", ">= 0.60", "list", "/v1/attendance?limit=50")
    throughput("one target's metric, unchanged", ">= 1.0", "target", target)
    throughput("70 targets of a framework, unchanged", ">= 5", "framework", framework)
    etag = server.get(framework)[0]["etag"]
    throughput("the same with If-None-Match, against one row", ">= 0.5", "row", framework,
               headers=[f"If-None-Match: {etag}"])
    change = """UPDATE attendance SET status = CASE status WHEN 'present' THEN 'apologies' ELSE 'present' END
                WHERE id = (SELECT id FROM bench_lines ORDER BY random() LIMIT 1)"""
    for name, goal, script, path in (("one target's metric, first read after a change", ">= 0.6", "target", target),
                                     ("70 targets, first read after a change", ">= 0.8", "framework", framework)):
        rounds = []
        for _ in range(options.rounds):
            sql = 1000 / cluster.pgbench(database, plain(cluster, script, rows), 1, options.seconds)
            reads = []
            for _ in range(10):
                cluster.psql(database, "-c", "SELECT set_config('outturn.actor', '{\"kind\":\"operator\",\"name\":\"bench\",\"operation\":\"bench\"}', false)", "-c", change)
                reads.append(server.get(path)[2] * 1000)
            rounds.append((sql, statistics.median(reads)))
        report.add(name, goal, rounds, unit=" ms")
    throughput("bulk of 1,000 updates", ">= 0.5", "upsert", "/", BULK_CLIENTS, threads=BULK_CLIENTS,
               lua=(HERE / "bulk.lua", cluster.dir))
    time.sleep(2)
    now = cluster.psql(database, "-c", "SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24\"%3A\"MI\"%3A\"SS\"Z\"')")
    cluster.psql(database, "-c", "SELECT set_config('outturn.actor', '{\"kind\":\"operator\",\"name\":\"bench\",\"operation\":\"bench\"}', false)", "-c", change)
    deriving = Server(options.outturn, cluster, database, server.port + 1, {"OUTTURN_VIEW_CACHE_BYTES": "0"})
    present = statistics.median(deriving.get(framework)[2] * 1000 for _ in range(options.rounds))
    past = statistics.median(deriving.get(f"{framework}&known_at={now}")[2] * 1000 for _ in range(options.rounds))
    deriving.stop()
    print(f"\nLooking back takes {past / present:.1f} times as long as the present (goal: <= 2): {past:.1f} ms and {present:.1f} ms.")
    server.get(framework)
    _, p50, p99 = server.wrk(framework, 64, options.seconds)
    print(f"At 64 connections, p99 is {p99 / p50:.1f} times p50 (goal: <= 10): {p99:.1f} ms and {p50:.1f} ms.")
    measure_dataset(server)
    print(f"The server's peak memory is {server.memory():.0f} MiB (goal: <= 100).")


def print_plans(cluster, database, rows, options):
    """Prints the plans of the statements with which the server loads all facts of the framework."""
    settings = {"session_preload_libraries": "auto_explain", "auto_explain.log_min_duration": "1ms",
                "auto_explain.log_analyze": "on", "auto_explain.log_timing": "off"}
    for name, value in settings.items():
        cluster.psql(database, "-c", f"ALTER DATABASE {database} SET {name} = '{value}'")
    variables = {"OUTTURN_VIEW_CACHE_BYTES": "0", "OUTTURN_STATEMENT_TIMEOUT": "5m"}
    server = Server(options.outturn, cluster, database, 54993, variables)
    begin = (cluster.dir / "log").stat().st_size
    server.get(f"/v1/frameworks/{rows['framework']}/metrics?{DAY}")
    server.stop()
    for name in settings:
        cluster.psql(database, "-c", f"ALTER DATABASE {database} RESET {name}")
    print("\nPlans of the statements that load all facts:")
    print((cluster.dir / "log").read_bytes()[begin:].decode(errors="replace"))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("outturn", type=Path, help="the program to measure")
    parser.add_argument("--size", choices=SIZES, action="append", help="the number of attendance records; both by default")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=2, help="the time of one measurement")
    options = parser.parse_args()
    cluster = Cluster(port=54990)
    try:
        for size in options.size or SIZES:
            cluster.fill(options.outturn, f"bench_{size}", SIZES[size])
            rows = prepare(cluster, f"bench_{size}")
            records = int(cluster.psql(f"bench_{size}", "-c", "SELECT count(*) FROM attendance"))
            server = Server(options.outturn, cluster, f"bench_{size}", 54991)
            print(f"\n{time.strftime('%Y-%m-%d')}, {os.cpu_count()} cores, {records:,} attendance records\n")
            try:
                compare(cluster, f"bench_{size}", server, rows)
                measure(cluster, f"bench_{size}", server, rows, options)
            finally:
                server.stop()
            print_plans(cluster, f"bench_{size}", rows, options)
            measure_import(cluster, options.outturn, f"import_{size}", IMPORTED[size])
    finally:
        cluster.stop()


if __name__ == "__main__":
    main()
