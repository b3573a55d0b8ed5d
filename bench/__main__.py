"""Measure the service against a bare WSGI application on this machine: `python -m bench`."""

import argparse
import json
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import count
from statistics import median

import requests

from bench import client_cost, report
from bench.journey import PASSWORD, Resident
from bench.measure import Memory, cpu_seconds, memory, memory_below, peak
from bench.stack import Stack, running

CONCURRENCY = 8
CROWD = 50
WARMUP_SECONDS = 1.0
CSRF = "a" * 32
RESULTS = "/catalog/search/?q=%E3%81%AE"


@dataclass
class Row:
    """One measure: rates of the yardstick and of ours, in pairs taken one after the other."""

    name: str
    aim: float
    hello: list[float] = field(default_factory=list)
    ours: list[float] = field(default_factory=list)
    cpu_ms: list[float] = field(default_factory=list)
    p50_ms: list[float] = field(default_factory=list)

    @property
    def ratio(self) -> float:
        """Return the median share of the yardstick's rate."""
        return median(own / yard for own, yard in zip(self.ours, self.hello, strict=True))


class Bench:
    """The measurements, on a running stack."""

    def __init__(self, stack: Stack, rounds: int, seconds: float, people: int) -> None:
        self.stack = stack
        self.rounds = rounds
        self.seconds = seconds
        self.people = people
        self.numbers = count(1)
        self.members: list[Resident] = []
        self.rows: list[Row] = []
        self.hello_cpu_ms: list[float] = []

    def hello(self) -> float:
        """Return the yardstick's rate now, in requests per second."""
        before = cpu_seconds(self.stack.pids["hello"])
        result = self.load([[_get("/")]], port=self.stack.hello_port)
        used = cpu_seconds(self.stack.pids["hello"]) - before
        self.hello_cpu_ms.append(1000 * used / result["total"])
        return result["units"] / result["seconds"]

    def load(
        self,
        units: list,
        *,
        port: int = 0,
        once: bool = False,
        concurrency: int = CONCURRENCY,
    ) -> dict:
        """Run the load generator; raises SystemExit when an answer was not the expected one."""
        plan = {
            "port": port or self.stack.web_port,
            "concurrency": concurrency,
            "seconds": None if once else self.seconds,
            "warmup": 0.0 if once else WARMUP_SECONDS,
            "units": units,
        }
        done = subprocess.run(
            [sys.executable, "-m", "bench.load"],
            input=json.dumps(plan).encode(),
            capture_output=True,
            check=True,
        )
        result = json.loads(done.stdout)
        if result["unexpected"]:
            raise SystemExit(f"unexpected answers: {result['unexpected']}")
        return result

    def steady(self, name: str, aim: float, units: list) -> Row:
        """Measure a row of requests that can be repeated for ever."""
        row = Row(name, aim)
        for _ in range(self.rounds):
            before = self.hello()
            cpu = cpu_seconds(self.stack.pids["web"])
            result = self.load(units)
            cpu = cpu_seconds(self.stack.pids["web"]) - cpu
            after = self.hello()
            row.hello.append((before + after) / 2)
            row.ours.append(result["units"] / result["seconds"])
            row.cpu_ms.append(1000 * cpu / result["total"])
            row.p50_ms.append(result["p50_ms"])
        self.rows.append(row)
        return row

    def registration(self) -> None:
        """Measure the POSTs that register: the form's and the confirmation's, of new people."""
        form = Row("form POST", 0)
        confirm = Row("confirmation POST (registers)", 0)
        both = Row("registration POST (both together)", 0.02)
        for _ in range(self.rounds):
            residents = [Resident(self.stack.site, next(self.numbers)) for _ in range(self.people)]
            _all(residents, Resident.identify)
            before = self.hello()
            results = [self._post(residents, "登録", typed=True)]
            _all(residents, _open_confirmation)
            results.append(self._post(residents, "登録", typed=False))
            after = self.hello()
            _all(residents, _open_result)
            for row, (seconds, cpu_ms, p50) in zip((form, confirm), results, strict=True):
                row.hello.append((before + after) / 2)
                row.ours.append(self.people / seconds)
                row.cpu_ms.append(cpu_ms)
                row.p50_ms.append(p50)
            both.hello.append((before + after) / 2)
            both.ours.append(self.people / sum(seconds for seconds, _, _ in results))
            both.cpu_ms.append(sum(cpu_ms for _, cpu_ms, _ in results))
            both.p50_ms.append(sum(p50 for _, _, p50 in results))
            self.members += residents
        self.rows += [form, confirm, both]

    def _post(
        self, residents: list[Resident], button: str, *, typed: bool
    ) -> tuple[float, float, float]:
        units = []
        for resident in residents:
            fields = resident.typed if typed else {}
            url, body = resident.browser.filled(resident.page, button, **fields)
            path = url.removeprefix(self.stack.site)
            units.append([_post(path, body, resident.browser.cookie_header(url), status=302)])
        cpu = cpu_seconds(self.stack.pids["web"])
        result = self.load(units, once=True)
        cpu = cpu_seconds(self.stack.pids["web"]) - cpu
        return result["seconds"], 1000 * cpu / len(residents), result["p50_ms"]

    def whole_registration(self) -> float:
        """Return the web processes' CPU milliseconds for one registration from form to result."""
        residents = [Resident(self.stack.site, next(self.numbers)) for _ in range(self.people)]
        cpu = cpu_seconds(self.stack.pids["web"])
        for resident in residents:
            resident.identify()
            resident.enter()
            resident.confirm()
        return 1000 * (cpu_seconds(self.stack.pids["web"]) - cpu) / len(residents)

    def login(self, hash_ms: float) -> None:
        """Measure login and account page, with the password's hash and without it."""
        units = []
        for member in self.members[: CONCURRENCY * 4]:
            member.choose_password()
            units.append([_login(member), _get("/mylibrary/", "sessionid=@SESSION@")])
        whole = self.steady("login + account page, hash included", 0, units)
        apart = Row("login + account page, hash apart", 0.015, hello=whole.hello)
        cores = min(os.cpu_count() or 1, 2)
        # Both cores are busy, so a unit without its hash takes that much less of their time.
        apart.ours = [1 / (1 / rate - hash_ms / 1000 / cores) for rate in whole.ours]
        apart.cpu_ms = [cpu - hash_ms for cpu in whole.cpu_ms]
        apart.p50_ms = [float("nan") for _ in whole.ours]
        self.rows.append(apart)

    def crowd(self) -> report.Crowd:
        """Let CROWD patrons press ログイン at once, again and again, and watch the memory."""
        for member in self.members[CONCURRENCY * 4 : CROWD]:
            member.choose_password()
        logins = [[_login(member)] for member in self.members[:CROWD]]
        before = memory(self.stack.pids["web"])
        with peak(self.stack.pids["web"]) as highest:
            result = self.load(logins, concurrency=CROWD)
        return report.Crowd(
            people=CROWD, before=before, peak=Memory(**highest), p50_ms=result["p50_ms"]
        )

    def pages(self) -> None:
        """Measure the pages that are only read."""
        members = self.members[: CONCURRENCY * 4]
        cookies = [member.browser.cookie_header(self.stack.site) for member in members]
        cards = [[_get("/mylibrary/card/", cookie)] for cookie in cookies]
        self.steady("card page with a session", 0.09, cards)
        from bench import lent  # needs the models

        lent.fill([member.patron_number for member in members])
        usage = [[_get("/mylibrary/usage/", cookie)] for cookie in cookies]
        self.steady("利用状況 with 30 loans and 30 holds", 0.07, usage)

    def sizes(self) -> dict[str, list[int]]:
        """Return the bytes of three pages, as they are sent, in each language."""
        cookies = self.members[0].browser.cookie_header(self.stack.site)
        pages = {
            "home page": "/",
            "registration form": "/registration/",
            "card": "/mylibrary/card/",
        }
        return {
            name: [
                len(
                    requests.get(
                        f"{self.stack.site}{path}?language={language}",
                        headers={"Cookie": cookies},
                        timeout=10,
                    ).content
                )
                for language in report.LANGUAGES
            ]
            for name, path in pages.items()
        }


def loaded(page: str) -> int:
    """Return the bytes that a browser loads for a page as a new visitor sees it."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        opened = browser.new_page(locale="ja-JP", viewport={"width": 1280, "height": 4000})
        opened.goto(page, wait_until="networkidle")
        total = opened.evaluate(
            "performance.getEntriesByType('resource').concat(performance.getEntriesByType("
            "'navigation')).reduce((sum, entry) => sum + entry.encodedBodySize, 0)"
        )
        browser.close()
    return int(total)


def _all(residents: list[Resident], step) -> None:
    with ThreadPoolExecutor(CONCURRENCY) as pool:
        list(pool.map(step, residents))


def _login(member: Resident) -> dict:
    body = (
        f"csrfmiddlewaretoken={CSRF}&username={member.patron_number}"
        f"&password={PASSWORD.replace(' ', '+')}"
    )
    return _post("/mylibrary/login/", body, f"csrftoken={CSRF}", status=302)


def _open_confirmation(resident: Resident) -> None:
    resident.page = resident.browser.get(f"{resident.site}/registration/confirm/")


def _open_result(resident: Resident) -> None:
    resident.page = resident.browser.get(f"{resident.site}/registration/result/")
    resident.read_number()


def _get(path: str, cookies: str = "") -> dict:
    return {"text": f"GET {path} HTTP/1.1\r\n{_headers(cookies)}\r\n", "status": 200}


def _post(path: str, body: str, cookies: str, *, status: int) -> dict:
    text = (
        f"POST {path} HTTP/1.1\r\n{_headers(cookies)}"
        "Content-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(body.encode())}\r\n\r\n{body}"
    )
    return {"text": text, "status": status}


def _headers(cookies: str) -> str:
    headers = "Host: localhost\r\nConnection: close\r\nAccept-Language: ja\r\n"
    return headers + (f"Cookie: {cookies}\r\n" if cookies else "")


def hash_milliseconds() -> float:
    """Return the CPU milliseconds of one password check, two at a time as the two workers do."""
    command = [sys.executable, "-m", "bench.password_hash"]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    return median(float(process.communicate()[0]) for process in both)


def main() -> None:
    """Measure everything, print it, and with --write put it into docs/benchmarks.md."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="runs of every row")
    parser.add_argument("--seconds", type=float, default=4.0, help="length of a run")
    parser.add_argument("--people", type=int, default=80, help="registrations in a run")
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks.md")
    options = parser.parse_args()
    with running() as stack:
        bench = Bench(stack, options.rounds, options.seconds, options.people)
        bench.steady("home page", 0, [[_get("/")]])
        bench.steady("catalogue: results", 0, [[_get(RESULTS)]])
        bench.steady("catalogue: a record", 0, [[_get("/catalog/1/")]])
        bench.steady("registration form page", 0.10, [[_get("/registration/")]])
        bench.registration()
        hash_ms = hash_milliseconds()
        bench.login(hash_ms)
        crowd = bench.crowd()
        bench.pages()
        registration_ms = bench.whole_registration()
        memories = {name: memory(stack.pids[name]) for name in ("web", "worker", "simulator")}
        memories["web's workers alone"] = memory_below(stack.pids["web"])
        result = report.Result(
            rows=bench.rows,
            hello=median(rate for row in bench.rows for rate in row.hello),
            hello_cpu_ms=median(bench.hello_cpu_ms),
            hash_ms=hash_ms,
            registration_ms=registration_ms,
            memories=memories,
            crowd=crowd,
            client_cost=client_cost.measure(stack, bench.numbers),
            sizes=bench.sizes(),
            home=loaded(stack.site + "/"),
            postgres=stack.postgres,
        )
    text = report.tables(result)
    print(text)
    if options.write:
        report.write(text, options)


if __name__ == "__main__":
    main()
