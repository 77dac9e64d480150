"""The server under test, and the load on it."""

import http.client
import os
import re
import socket
import subprocess
import time
from pathlib import Path

HERE = Path(__file__).parent
UNLIMITED = {f"OUTTURN_{kind}_{bucket}": value
             for kind, value in (("RATE", "1000000/1s"), ("CONCURRENT", "1000"))
             for bucket in ("LOGIN", "BULK", "EXPORT", "REST")} | {"OUTTURN_STATEMENT_TIMEOUT": "5m"}


class Server:
    """`outturn serve` with a database. The log goes to a file, as it does in operation."""

    def __init__(self, outturn, cluster, database, port, variables=()):
        self.port = port
        self.log = (cluster.dir / f"server-{port}.log").open("w")
        environment = os.environ | UNLIMITED | dict(variables) | {
            "DATABASE_URL": cluster.url(database),
            "OUTTURN_DATA_DIR": str(cluster.dir / "outturn"),
            "OUTTURN_BIND": f"127.0.0.1:{port}",
        }
        self.process = subprocess.Popen([outturn, "serve"], env=environment, stdout=subprocess.DEVNULL, stderr=self.log)
        while not self._listens():
            time.sleep(0.05)
        command = [outturn, "token", "--role", "admin", "--ttl", "12h"]
        self.token = subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout.strip()

    def _listens(self):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def get(self, path):
        """Returns the headers and the body of a response, and the time that it took in seconds."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port)
        connection.connect()
        started = time.perf_counter()
        connection.request("GET", path, headers={"Authorization": f"Bearer {self.token}"})
        response = connection.getresponse()
        body = response.read()
        duration = time.perf_counter() - started
        connection.close()
        assert response.status == 200, (path, response.status, body[:500])
        return dict(response.getheaders()), body, duration

    def wrk(self, path, connections, seconds, threads=1, headers=(), lua=()):
        """Returns the requests per second, and the latencies at 50 and 99 per cent in milliseconds."""
        command = ["wrk", "--latency", f"-t{threads}", f"-c{connections}", f"-d{seconds}"]
        for header in (f"Authorization: Bearer {self.token}", *headers):
            command += ["-H", header]
        # Each run has idempotency keys of its own. Otherwise it would get the responses of the run before.
        script = ["-s", lua[0], "--", *lua[1:], str(time.time_ns())] if lua else []
        address = f"http://127.0.0.1:{self.port}{path}"
        command += [*script[:2], address, *script[2:]]
        output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        assert "Non-2xx" not in output or "If-None-Match" in str(headers), output
        rate = float(re.search(r"Requests/sec:\s+([\d.]+)", output)[1])
        return rate, latency(output, "50%"), latency(output, "99%")

    def memory(self, name="VmHWM"):
        """Returns the peak memory of the process in MiB."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(rf"{name}:\s+(\d+)", status)[1]) / 1024

    def processor_time(self):
        """Returns the processor time of the process so far, in seconds."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def stop(self):
        self.process.terminate()
        self.process.wait()
        self.log.close()


def latency(output, percentile):
    number, unit = re.search(rf"{percentile}\s+([\d.]+)(us|ms|s)", output).groups()
    return float(number) * {"us": 0.001, "ms": 1, "s": 1000}[unit]
