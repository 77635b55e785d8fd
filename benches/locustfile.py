"""The calls of the benchmarks, made by Locust's faster client. What to send stands in the file BENCH_CALL."""

import json
import os
import pathlib

from locust import FastHttpUser, constant_throughput, task

KNOWN = json.loads(pathlib.Path(os.environ["BENCH_CALL"]).read_text())


class Caller(FastHttpUser):
    if KNOWN["each"]:
        wait_time = constant_throughput(KNOWN["each"])

    @task
    def call(self):
        self.client.post(KNOWN["url"], data=KNOWN["body"], headers=dict(KNOWN["fields"]))
